// <vitrine-gallery src="https://HOST/g/GALLERY" label="12 Linden Street"> shows a
// gallery of vitrine on any page. It needs no style sheet and no other script,
// runs under a policy that allows neither inline, and asks for nothing before it
// is near the window.
//
// An element with data-show among its children ("0" for the first picture,
// "video", "tour") is a page's own way to draw the gallery: the children stay as
// they are, and a press on such an element opens the full window there. The
// gallery is asked for when a finger, a mouse or the focus comes near. data-start
// also starts what there is to start, as a panorama.
(css => {
  "use strict";
  if (customElements.get("vitrine-gallery")) return; // another script has brought it

  const texts = {
    en: {
      photos: "Photos", photo: (n, all) => `Photo ${n} of ${all}`, many: n => n === 1 ? "1 photo" : `${n} photos`,
      whole: "Full screen", close: "Close", previous: "Previous", next: "Next", closer: "Zoom in", farther: "Zoom out",
      video: "Video", tour: "Virtual tour", panorama: "Look around", keys: "Drag or use the arrow keys to look around",
      generated: "Generated image", altered: "Altered image", original: "original",
      loading: "Loading…", failed: "The photos can’t be shown here.", failedPanorama: "The panorama can’t be shown here.",
      none: "There are no photos here yet.",
    },
    fr: {
      photos: "Photos", photo: (n, all) => `Photo ${n} sur ${all}`, many: n => n === 1 ? "1 photo" : `${n} photos`,
      whole: "Plein écran", close: "Fermer", previous: "Précédente", next: "Suivante", closer: "Agrandir", farther: "Réduire",
      video: "Vidéo", tour: "Visite virtuelle", panorama: "Regarder autour", keys: "Faites glisser ou utilisez les flèches pour regarder autour",
      generated: "Image générée", altered: "Image modifiée", original: "originale",
      loading: "Chargement…", failed: "Les photos ne peuvent pas être affichées ici.", failedPanorama: "Le panorama ne peut pas être affiché ici.",
      none: "Il n’y a pas encore de photos ici.",
    },
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
    element.append(...children.filter(child => child != null));
    return element;
  };

  const icon = lines => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", lines);
    svg.append(path);
    return svg;
  };

  const round = (kind, label, lines, press) => {
    const button = make("button", {type: "button", class: "round " + kind, "aria-label": label}, icon(lines));
    button.addEventListener("click", press);
    return button;
  };

  // What others host comes by addresses of theirs: nothing but a page may be at one.
  const isPage = url => /^https?:\/\//i.test(url ?? "");
  const mayFrame = url => isPage(url) && (location.protocol !== "https:" || url.startsWith("https:"));

  // blur draws a blurhash (https://github.com/woltapp/blurhash) on a canvas of 24 px.
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
  const read = (hash, from, to) => [...hash.slice(from, to)].reduce((sum, digit) => sum * 83 + digits.indexOf(digit), 0);
  const toLinear = byte => byte > 10 ? ((byte / 255 + 0.055) / 1.055) ** 2.4 : byte / 3294.6;
  const toByte = light => light > 0.0031308 ? 269.025 * light ** (1 / 2.4) - 14.025 : light * 3294.6;
  const blur = (canvas, hash) => {
    const size = canvas.width = canvas.height = 24, columns = read(hash, 0, 1) % 9 + 1, rows = Math.floor(read(hash, 0, 1) / 9) + 1;
    const most = (read(hash, 1, 2) + 1) / 166, mean = read(hash, 2, 6);
    const waves = [[mean >> 16, mean >> 8 & 255, mean & 255].map(toLinear)];
    for (let at = 6; at < hash.length; at += 2) {
      const sum = read(hash, at, at + 2);
      waves.push([Math.floor(sum / 361), Math.floor(sum / 19) % 19, sum % 19].map(q => (q - 9) * Math.abs(q - 9) / 81 * most));
    }
    if (!hash || waves.length !== columns * rows) return; // no blurhash: the frame's own colour stays
    const context = canvas.getContext("2d"), image = context.createImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const light = [0, 0, 0];
      waves.forEach((wave, n) => {
        const height = Math.cos(Math.PI * (i % size) * (n % columns) / size) * Math.cos(Math.PI * Math.floor(i / size) * Math.floor(n / columns) / size);
        wave.forEach((amount, channel) => light[channel] += amount * height);
      });
      image.data.set([...light.map(toByte), 255], i * 4);
    }
    context.putImageData(image, 0, 0);
  };

  // frame is the place of a picture, null for none. It asks for the picture when
  // it is filled; filled again, it tells the browser its size anew.
  const frame = (picture, alt) => {
    if (!picture?.src) return make("span", {class: "frame"});
    const canvas = make("canvas", {width: 1, height: 1, "aria-hidden": "true"}), img = make("img", {alt, decoding: "async", draggable: "false"});
    const shape = picture.width / picture.height || 1;
    const isClear = atob(picture.thumbhash).charCodeAt(2) & 128; // transparent parts: a blur would shine through for ever
    const box = make("span", {class: "frame" + (isClear ? " clear" : "") + (shape < 1.2 || shape > 2.9 ? " whole" : "")}, isClear ? null : canvas, img);
    if (!isClear) box.style.backgroundColor = picture.dominantColor;
    box.style.setProperty("--shape", shape);
    // Stretched farther, it would look worse for being larger.
    box.style.setProperty("--most", Math.max(...picture.srcset.match(/ \d+w/g).map(parseFloat)) * 1.6 + "px");
    box.fill = () => {
      const {width, height} = box.getBoundingClientRect();
      img.sizes = Math.ceil(Math.max(width, height * shape)) + "px";
      if (img.src) return;
      if (!isClear) blur(canvas, picture.blurhash);
      img.srcset = picture.srcset;
      img.src = picture.src;
    };
    return box;
  };

  // strip is a row of slides, of which those in sight and near it are filled.
  // moved(n) is called when another one comes to stand in it.
  const strip = (slides, attributes, moved) => {
    const row = make("div", {class: "strip", dir: "ltr", "data-count": slides.length, ...attributes}, ...slides);
    let at = 0;
    const arrive = n => {
      if (n !== at && slides[n]) moved(at = n);
    };
    const near = new Set(), fill = slide => slide.querySelector(".frame")?.fill?.();
    const watch = new IntersectionObserver(entries => entries.forEach(({target, isIntersecting}) => {
      if (isIntersecting) near.add(target), fill(target);
      else near.delete(target);
    }), {root: row, rootMargin: "0px 50%"});
    slides.forEach(slide => watch.observe(slide));
    new ResizeObserver(() => near.forEach(fill)).observe(row);
    row.addEventListener("scroll", () => arrive(Math.round(row.scrollLeft / row.clientWidth)));
    row.go = n => {
      n = Math.min(Math.max(n, 0), slides.length - 1);
      row.scrollTo({left: n * row.clientWidth, behavior: "instant"});
      arrive(n);
    };
    row.step = by => row.go(at + by);
    return row;
  };

  customElements.define("vitrine-gallery", class extends HTMLElement {
    static observedAttributes = ["src"];
    #root = this.attachShadow({mode: "open"});
    #asked = null; // the promise of the gallery
    #full = null; // the full window, once it was wanted
    #stop = null; // ends the listeners of this element's time on the page
    #scroll = null; // how the page scrolled before the window opened

    connectedCallback() { this.#begin(); }
    disconnectedCallback() { this.#end(); }
    attributeChangedCallback(name, before, after) {
      if (this.isConnected && before !== after) this.#begin();
    }

    get #text() { return texts[(this.closest("[lang]")?.lang || navigator.language).slice(0, 2).toLowerCase()] ?? texts.en; }

    #begin() {
      this.#end();
      this.#root.adoptedStyleSheets = [sheet];
      const signal = (this.#stop = new AbortController()).signal;
      if (this.querySelector("[data-show]")) return this.#enhance(signal);
      const inline = make("div", {class: "inline"});
      this.#root.replaceChildren(inline);
      const watch = new IntersectionObserver(async ([entry]) => {
        if (!entry.isIntersecting) return;
        watch.disconnect();
        try {
          const items = await this.#load();
          if (!signal.aborted) this.#draw(inline, items);
        } catch {
          inline.replaceChildren(make("p", {role: "status"}, this.#text.failed));
        }
      }, {rootMargin: "50% 0px"});
      watch.observe(inline);
      signal.addEventListener("abort", () => watch.disconnect());
    }

    #end() {
      this.#stop?.abort();
      this.#full?.dialog.close();
      this.#freeScroll();
      this.#asked = this.#full = null;
      this.#root.replaceChildren();
    }

    // The page's own drawing: its elements become ways into the full window.
    #enhance(signal) {
      this.#root.replaceChildren(make("slot"));
      this.querySelectorAll("[data-show]").forEach(element => element.setAttribute("aria-haspopup", "dialog"));
      const near = event => {
        if (event.target.closest("[data-show]")) this.#load().catch(() => {}); // said when it is opened
      };
      this.addEventListener("pointerover", near, {signal});
      this.addEventListener("focusin", near, {signal});
      this.addEventListener("click", event => {
        const way = event.target.closest("[data-show]");
        if (!way || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a link in a tab of its own
        event.preventDefault();
        this.#open(way.dataset.show, "start" in way.dataset);
      }, {signal});
    }

    // All that can be shown, in order: the pictures, then the video and the tour.
    #load() {
      const src = this.src;
      return this.#asked ??= fetch(src, {credentials: "omit"}).then(answer => answer.ok ? answer.json() : Promise.reject(answer)).then(gallery => [
        ...gallery.pictures.map(picture => ({...picture, kind: "picture", image: picture})),
        ...gallery.video ? [{...gallery.video, kind: "video", image: gallery.video.poster}] : [],
        ...gallery.virtualTour ? [{...gallery.virtualTour, kind: "tour", image: gallery.virtualTour.poster}] : [],
      ]).catch(reason => {
        if (src === this.src) this.#asked = null; // the next press tries again
        throw reason;
      });
    }

    get src() { return new URL(this.getAttribute("src") ?? "", document.baseURI).href; }
    set src(url) { this.setAttribute("src", url); }

    #name(item, n, all) {
      const said = item.title || (item.kind === "picture" ? this.#text.photo(n + 1, all) : this.#text[item.kind]);
      const label = this.getAttribute("label");
      return label && !item.title ? `${label}, ${said}` : said;
    }

    #mark(item) {
      if (!item.altered) return null;
      return item.digitalSourceType === "trainedAlgorithmicMedia" ? this.#text.generated : this.#text.altered;
    }

    // What a press on an item starts, "" for nothing.
    #starts(item) {
      if (item.panorama?.downDegrees) return "panorama";
      return item.kind === "picture" ? "" : item.kind;
    }

    #sign(item, word) {
      const sign = this.#starts(item) === "panorama" ? make("span", {}, "360°") : icon(item.kind === "video" ? "M8 5l11 7-11 7z" : "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M10 8l6 4-6 4z");
      return make("span", {class: "pill"}, sign, word);
    }

    // The box on the page: one slide where it is narrow, the first three where it is wide.
    #draw(inline, items) {
      const text = this.#text, pictures = items.filter(item => item.kind === "picture").length;
      if (items.length === 0) return inline.replaceChildren(make("p", {role: "status"}, text.none));
      const cells = items.map((item, n) => {
        const mark = this.#mark(item);
        const cell = make("button", {type: "button", class: "cell", "aria-haspopup": "dialog", tabindex: n < 3 ? null : -1}, frame(item.image, this.#name(item, n, pictures)),
          this.#starts(item) ? make("span", {class: "badge"}, this.#sign(item)) : null, mark && make("span", {class: "mark"}, mark));
        if (!item.image?.src) cell.setAttribute("aria-label", this.#name(item, n, pictures));
        cell.addEventListener("click", () => this.#open(n, true));
        return cell;
      });
      const count = make("span", {class: "one"}, `1 / ${items.length}`);
      const row = strip(cells, {role: "group", "aria-label": this.getAttribute("label") || text.photos}, n => {
        count.textContent = `${n + 1} / ${items.length}`;
        previous.hidden = n === 0;
        next.hidden = n === items.length - 1;
      });
      const previous = round("step prev", text.previous, "M15 5l-7 7 7 7", () => row.step(-1));
      const next = round("step next", text.next, "M9 5l7 7-7 7", () => row.step(1));
      previous.hidden = true;
      next.hidden = items.length === 1;
      const way = (show, ...content) => {
        const button = make("button", {type: "button", class: "pill", "aria-haspopup": "dialog"}, ...content);
        button.addEventListener("click", () => this.#open(show, true));
        return button;
      };
      const others = pictures ? ["tour", "video"].filter(kind => items.some(item => item.kind === kind)) : [];
      const bar = make("div", {class: "bar"}, ...others.map(kind => way(kind, text[kind])),
        pictures > 1 ? way(0, count, make("span", {class: "many"}, text.many(pictures))) : null);
      inline.replaceChildren(row, previous, next, bar);
      inline.go = row.go;
    }

    async #open(show, start) {
      const full = this.#full ??= this.#build();
      const {dialog, stage, say} = full;
      if (dialog.open) return;
      this.#holdScroll();
      dialog.showModal();
      if (full.items === undefined) {
        say(this.#text.loading);
        try {
          full.items = await this.#load();
        } catch {
          return say(this.#text.failed);
        }
        this.#furnish(full);
        if (!dialog.open) return; // closed while the gallery came
      }
      const wanted = full.items.findIndex((item, n) => item.kind === show || n === Number(show));
      full.row.go(wanted);
      full.arrive(Math.max(wanted, 0));
      if (start) full.slides[wanted]?.start?.();
    }

    #build() {
      const text = this.#text, full = {};
      full.say = (words, seen = words) => full.status.replaceChildren(make("span", {"aria-hidden": "true"}, seen), make("span", {class: "heard"}, words));
      full.status = make("p", {role: "status"});
      full.bar = make("div", {class: "bar"},
        round("zoom", text.closer, "M12 5v14M5 12h14", () => full.turning?.zoom(3 / 4)),
        round("zoom", text.farther, "M5 12h14", () => full.turning?.zoom(4 / 3)),
        document.fullscreenEnabled ? round("whole", text.whole, "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", () => this.#toggleScreen(full)) : null,
        round("close", text.close, "M6 6l12 12M18 6L6 18", () => full.dialog.close()));
      // The focus begins at no button: the Enter that opened the window would press it as well.
      full.stage = make("div", {class: "stage", tabindex: "-1", autofocus: ""}, full.status, full.bar);
      full.dialog = make("dialog", {"aria-label": this.getAttribute("label") || text.photos}, full.stage);
      full.dialog.addEventListener("keydown", event => this.#key(full, event));
      full.dialog.addEventListener("close", () => {
        if (full.dialog.open) return; // the event comes late: it may be open again
        full.rest?.();
        this.#freeScroll();
      });
      this.#root.append(full.dialog);
      return full;
    }

    // The gallery has come: its slides and the ways between them.
    #furnish(full) {
      const text = this.#text, {items, stage} = full, pictures = items.filter(item => item.kind === "picture").length;
      full.slides = items.map((item, n) => this.#slide(full, item, n, pictures));
      full.arrive = n => {
        full.rest?.();
        full.slides.forEach((slide, i) => slide.inert = i !== n);
        full.previous.hidden = n === 0;
        full.next.hidden = n === items.length - 1;
        full.say(this.#name(items[n], n, pictures), `${n + 1} / ${items.length}`);
        this.#root.querySelector(".inline")?.go?.(n); // found there again when the window is closed
      };
      full.previous = round("step prev", text.previous, "M15 5l-7 7 7 7", () => full.row.step(-1));
      full.next = round("step next", text.next, "M9 5l7 7-7 7", () => full.row.step(1));
      full.row = strip(full.slides, {role: "group", tabindex: "0", "aria-label": text.photos}, full.arrive);
      if (items.length === 0) return full.say(text.none);
      stage.prepend(full.row);
      stage.append(full.previous, full.next);
    }

    #slide(full, item, n, pictures) {
      const text = this.#text, name = this.#name(item, n, pictures), mark = this.#mark(item), kind = this.#starts(item);
      const box = frame(item.image, name), slide = make("div", {class: "slide", role: "group", "aria-label": name}, box);
      if (mark || item.title) {
        const caption = make("span", {class: "mark"}, [item.title, mark].filter(Boolean).join(" · "));
        if (item.alteredFrom != null) {
          const original = make("button", {type: "button"}, text.original);
          original.addEventListener("click", () => full.row.go(item.alteredFrom));
          caption.append(" · ", original);
        }
        slide.append(caption);
      }
      if (!kind) return slide;
      const framed = [item.embedUrl, item.frameable && item.url].find(mayFrame);
      if (item.kind !== "picture" && !item.sources?.length && !framed) {
        slide.append(this.#away(item, text[kind]));
        return slide;
      }
      const button = make("button", {type: "button", class: "start"}, this.#sign(item, text[kind]));
      button.addEventListener("click", () => slide.start());
      slide.append(button);
      slide.start = () => {
        full.rest?.();
        const fills = make("span", {class: "frame fills"});
        const refused = event => {
          if (event.effectiveDirective === "frame-src") fills.replaceChildren(this.#away(item, text[kind]));
        };
        if (framed) document.addEventListener("securitypolicyviolation", refused);
        if (kind === "panorama") this.#turn(full, fills, item, name);
        else if (framed) fills.append(make("iframe", {
          src: framed, title: name, referrerpolicy: "strict-origin", allow: "autoplay; fullscreen; encrypted-media; accelerometer; gyroscope; xr-spatial-tracking",
          sandbox: "allow-scripts allow-same-origin allow-popups allow-forms allow-presentation",
        }));
        else fills.append(this.#film(item, name));
        full.rest = () => {
          full.rest = null;
          document.removeEventListener("securitypolicyviolation", refused);
          full.turning?.close();
          full.turning = null;
          full.stage.classList.remove("started", "turning");
          fills.replaceWith(box);
          button.hidden = false;
        };
        full.stage.classList.add("started");
        button.hidden = true;
        box.replaceWith(fills);
        fills.firstChild.focus();
      };
      return slide;
    }

    // The way to a page of others that can't be shown in this one.
    #away(item, word) {
      return isPage(item.url) ? make("a", {class: "start", href: item.url, target: "_blank", rel: "noopener noreferrer"}, this.#sign(item, word)) : "";
    }

    #film(item, name) {
      const source = matchMedia("(min-width: 640px)").matches ? item.sources[0] : item.sources.at(-1);
      return make("video", {controls: "", autoplay: "", playsinline: "", poster: item.image?.src, src: source.url, "aria-label": name});
    }

    // The viewer of panoramas is large: it is asked for when it is wanted.
    async #turn(full, room, item, name) {
      const view = make("div", {tabindex: "0", role: "application", "aria-label": `${name}. ${this.#text.keys}`});
      room.append(view, make("p", {class: "keys", "aria-hidden": "true"}, this.#text.keys));
      full.stage.classList.add("turning");
      full.say(this.#text.loading);
      const is = () => room.isConnected, failed = () => {
        if (is()) full.say(this.#text.failedPanorama);
      };
      try {
        const {css, turn} = await viewer(new URL("../embed/vitrine-panorama.js", this.src).href);
        if (!is()) return;
        const looks = new CSSStyleSheet();
        looks.replaceSync(css);
        this.#root.adoptedStyleSheets = [sheet, looks];
        full.turning = turn(view, item.panorama, failed, () => is() && full.say(name, "360°"));
      } catch {
        failed();
      }
    }

    #key(full, event) {
      if (event.composedPath().some(e => e.role === "application" || e.localName === "video") || event.ctrlKey || event.metaKey || event.altKey || !full.row) return;
      const act = {
        ArrowRight: () => full.row.step(1), ArrowLeft: () => full.row.step(-1), PageDown: () => full.row.step(1), PageUp: () => full.row.step(-1),
        Home: () => full.row.go(0), End: () => full.row.go(full.items.length - 1), f: () => this.#toggleScreen(full),
      }[event.key];
      if (!act) return;
      event.preventDefault(); // else the strip would scroll by itself as well
      act();
    }

    #toggleScreen(full) {
      if (this.#root.fullscreenElement) document.exitFullscreen();
      else full.stage.requestFullscreen?.().catch(() => {}); // a frame may not be allowed to
    }

    // The page stays where it is while the window covers it.
    #holdScroll() {
      const {style} = document.documentElement;
      this.#scroll ??= {overflow: style.overflow, scrollbarGutter: style.scrollbarGutter};
      if (innerWidth > document.documentElement.clientWidth) style.scrollbarGutter = "stable"; // nothing moves when the bar goes
      style.overflow = "hidden";
    }

    #freeScroll() {
      if (this.#scroll) Object.assign(document.documentElement.style, this.#scroll);
      this.#scroll = null;
    }
  });

  let viewers = null;
  const viewer = url => viewers ??= new Promise((done, fail) => {
    const script = make("script", {src: url});
    script.onload = () => done(globalThis.vitrinePanorama);
    script.onerror = () => {
      viewers = null; // the next press tries again
      script.remove();
      fail(new Error(url));
    };
    document.head.append(script);
  });
})
