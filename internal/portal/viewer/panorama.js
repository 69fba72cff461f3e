// The panoramas of a listing's page: a button on the picture opens it in a
// dialog where it can be turned. The viewer and the large picture are asked for
// then, not before. Without this script the page shows the picture flat.
(() => {
  "use strict";
  const viewerURL = document.currentScript.dataset.viewer;
  const dialog = document.querySelector("dialog.pano");
  const room = dialog.querySelector(".room");
  const state = dialog.querySelector("[role=status]");
  const mark = dialog.querySelector(".mark");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  if (!dialog.showModal) return; // a browser from before 2022

  let script = null; // the promise of the viewer
  let shown = null; // what the dialog shows now: {viewer}, or null while it is closed

  const load = () => script ??= new Promise((done, fail) => {
    const element = document.createElement("script");
    element.src = viewerURL;
    element.onload = done;
    element.onerror = () => {
      script = null; // the next press tries again
      fail();
    };
    document.head.append(element);
  });

  // The first view keeps near to what an eye sees at once, whatever the shape of
  // the window. A strip that is flatter than that stands in the window whole:
  // enlarged to fill it, it would be a blur.
  const tall = 75; // degrees
  const firstView = (vaov, haov) => {
    const down = Math.tan(Math.min(vaov, tall) * Math.PI / 360);
    const across = Math.atan(down * innerWidth / innerHeight) * 360 / Math.PI;
    return Math.min(vaov > tall ? across : Math.max(across, 30), 100, haov);
  };

  const settings = data => {
    const haov = Number(data.haov), vaov = Number(data.vaov), middle = Number(data.voffset);
    const edge = vaov / 2 - 0.25; // at the very edge the background shines through
    return {
      type: "equirectangular", panorama: data.pano, autoLoad: true, ignoreGPanoXMP: true,
      haov, vaov, vOffset: middle, pitch: middle, hfov: firstView(vaov, haov), minHfov: 25, maxHfov: Math.max(25, Math.min(110, haov)),
      ...haov < 360 && {minYaw: -haov / 2, maxYaw: haov / 2},
      ...vaov < 180 && {minPitch: middle - edge, maxPitch: middle + edge, avoidShowingBackground: vaov > tall},
      ...data.north && {compass: true, northOffset: Number(data.north)},
      showControls: false, backgroundColor: [0.07, 0.07, 0.08], // the dialog's
      doubleClickZoom: !still.matches, friction: still.matches ? 1 : 0.15,
      capturedKeyNumbers: [37, 38, 39, 40, 61, 107, 109, 173, 187, 189], // arrows, plus and minus: Esc is the dialog's
    };
  };

  const away = () => {
    shown?.viewer?.destroy();
    shown = null;
    room.replaceChildren();
  };

  const open = async button => {
    away();
    const mine = shown = {viewer: null};
    const failed = () => {
      if (shown === mine) state.textContent = "The panorama can’t be shown here.";
    };
    const view = document.createElement("div");
    view.tabIndex = 0;
    view.autofocus = true;
    view.setAttribute("role", "application");
    view.setAttribute("aria-label", button.dataset.name);
    view.setAttribute("aria-describedby", "pano-keys");
    room.append(view);
    mark.textContent = button.dataset.mark;
    state.textContent = "Loading…";
    dialog.showModal();
    try {
      await load();
    } catch {
      return failed();
    }
    if (shown !== mine) return;
    mine.viewer = pannellum.viewer(view, settings(button.dataset));
    mine.viewer.on("error", failed);
    mine.viewer.on("load", () => {
      if (shown === mine) state.textContent = "";
      else mine.viewer.destroy(); // its picture came after the dialog was closed
    });
  };

  const zoom = factor => {
    const viewer = shown?.viewer;
    viewer?.setHfov(viewer.getHfov() * factor, still.matches ? 0 : 250);
  };

  dialog.querySelector(".in").addEventListener("click", () => zoom(3 / 4));
  dialog.querySelector(".out").addEventListener("click", () => zoom(4 / 3));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    if (!dialog.open) away(); // the event comes late: the next one may be open by now
  });
  for (const button of document.querySelectorAll("button.turn")) {
    button.addEventListener("click", () => open(button));
    button.hidden = false;
  }
})();
