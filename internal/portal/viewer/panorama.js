// What <vitrine-gallery> loads to turn a panorama around, behind Pannellum in one
// file. turn(view, panorama, failed, loaded) opens a panorama, as a gallery's JSON
// describes it, in an element; what it gives is closed with close().
(css => {
  "use strict";
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // The first view keeps near to what an eye sees at once, whatever the shape of
  // the window. A strip that is flatter than that stands in the window whole:
  // enlarged to fill it, it would be a blur.
  const tall = 75; // degrees
  const firstView = (vaov, haov) => {
    const down = Math.tan(Math.min(vaov, tall) * Math.PI / 360);
    const across = Math.atan(down * innerWidth / innerHeight) * 360 / Math.PI;
    return Math.min(vaov > tall ? across : Math.max(across, 30), 100, haov);
  };

  const settings = panorama => {
    const haov = panorama.acrossDegrees, vaov = panorama.downDegrees, middle = panorama.middleDegrees;
    const edge = vaov / 2 - 0.25; // at the very edge the background shines through
    return {
      type: "equirectangular", panorama: panorama.url, autoLoad: true, ignoreGPanoXMP: true,
      haov, vaov, vOffset: middle, pitch: middle, hfov: firstView(vaov, haov), minHfov: 25, maxHfov: Math.max(25, Math.min(110, haov)),
      ...haov < 360 && {minYaw: -haov / 2, maxYaw: haov / 2},
      ...vaov < 180 && {minPitch: middle - edge, maxPitch: middle + edge, avoidShowingBackground: vaov > tall},
      ...panorama.headingDegrees && {compass: true, northOffset: panorama.headingDegrees},
      showControls: false, backgroundColor: [0.07, 0.07, 0.08], // the full window's
      doubleClickZoom: !still.matches, friction: still.matches ? 1 : 0.15,
      capturedKeyNumbers: [37, 38, 39, 40, 61, 107, 109, 173, 187, 189], // arrows, plus and minus: Esc is the dialog's
    };
  };

  globalThis.vitrinePanorama = {
    css,
    turn(view, panorama, failed, loaded) {
      let viewer = pannellum.viewer(view, settings(panorama)), isClosed = false;
      viewer.on("error", failed);
      viewer.on("load", () => {
        if (isClosed) viewer.destroy(); // its picture came late
        else loaded();
      });
      return {
        zoom: factor => viewer.setHfov(viewer.getHfov() * factor, still.matches ? 0 : 250),
        close() {
          isClosed = true;
          viewer.destroy();
        },
      };
    },
  };
})
