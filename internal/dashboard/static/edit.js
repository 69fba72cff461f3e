// Dragging a file to another place of its list, and dropping files to upload.
// All that this does can be done without it, but for the upload.
"use strict";

addEventListener("dragstart", event => {
  const row = event.target.closest?.("[data-file]");
  if (!row) return;
  event.dataTransfer.setData("application/x-vitrine-file", row.dataset.file);
  event.dataTransfer.effectAllowed = "move";
});

addEventListener("dragover", event => {
  const ours = event.dataTransfer.types.includes("application/x-vitrine-file");
  if (ours ? event.target.closest?.("[data-file]") : event.target.closest?.("[data-upload]")) event.preventDefault();
});

addEventListener("drop", event => {
  const file = event.dataTransfer.getData("application/x-vitrine-file");
  const row = event.target.closest?.("[data-file]");
  if (file) {
    event.preventDefault();
    if (row && row.dataset.file !== file) {
      const form = document.querySelector("#move");
      form.elements.file.value = file;
      form.elements.to.value = row.dataset.place;
      form.requestSubmit();
    }
    return;
  }
  const zone = event.target.closest?.("[data-upload]");
  if (!zone || event.dataTransfer.files.length === 0) return;
  event.preventDefault();
  upload(zone, [...event.dataTransfer.files], row ? row.dataset.file : "");
});

addEventListener("change", event => {
  const zone = event.target.closest?.("[data-upload]");
  if (zone && event.target.type === "file") upload(zone, [...event.target.files], event.target.dataset.instead || "");
});

// One after the other, so that they stand in the list in this order.
async function upload(zone, files, instead) {
  const status = document.querySelector("#uploads");
  const problems = [];
  for (const file of files) {
    const problem = await send(zone.dataset.upload + (instead && files.length === 1 ? "?instead=" + instead : ""), file, percent => {
      status.textContent = `${file.name}: ${percent} %`;
    });
    if (problem) problems.push(`${file.name}: ${problem}`);
  }
  status.textContent = problems.join("\n");
  if (problems.length === 0) location.reload();
}

// send gives what went wrong, "" for nothing.
function send(address, file, progress) {
  return new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = event => progress(event.lengthComputable ? Math.floor(event.loaded / event.total * 100) : "…");
    request.onload = () => resolve(request.status === 204 ? "" : request.responseText.trim() || request.statusText);
    request.onerror = () => resolve("no connection");
    request.send(file);
  });
}
