// Reads openapi.json and shows each operation with a form to try it. It builds
// the page from text nodes only, so nothing of the document or of an answer can
// become markup. The key stays in this page.
"use strict";

const el = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};

const resolve = (doc, part) =>
  part && part.$ref ? part.$ref.slice(2).split("/").reduce((at, key) => at[key], doc) : part || {};

const typeOf = (doc, schema) => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const options = schema.anyOf || schema.oneOf;
  if (options) return options.map((option) => typeOf(doc, option)).join(" or ");
  const types = [].concat(schema.type || "any").map((t) => (t === "array" ? typeOf(doc, schema.items) + "[]" : t));
  return types.join(" or ") + (schema.enum ? ": " + schema.enum.join(", ") : "");
};

const fieldTable = (doc, schema) => {
  const target = resolve(doc, schema);
  const rows = Object.entries(target.properties || {}).map(([name, field]) =>
    el("tr", {},
      el("td", {}, el("code", { textContent: name })),
      el("td", { textContent: typeOf(doc, field) }),
      el("td", { textContent: field.description || "" })));
  return rows.length ? el("table", {}, ...rows) : el("p", { textContent: typeOf(doc, schema) });
};

// schemasOf are the named schemas that a schema reaches, itself first.
const schemasOf = (doc, schema, found = new Map()) => {
  if (!schema || typeof schema !== "object") return found;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    if (!found.has(name)) {
      found.set(name, schema);
      schemasOf(doc, resolve(doc, schema), found);
    }
    return found;
  }
  for (const part of Object.values(schema)) schemasOf(doc, part, found);
  return found;
};

// sample is a value made of the document's examples, undefined without any.
const sample = (doc, schema) => {
  const target = resolve(doc, schema);
  if (target.examples) return target.examples[0];
  if (target.type === "array") {
    const item = sample(doc, target.items);
    return item === undefined ? undefined : [item];
  }
  const fields = Object.entries(target.properties || {})
    .map(([name, field]) => [name, sample(doc, field)])
    .filter(([, value]) => value !== undefined);
  return fields.length ? Object.fromEntries(fields) : undefined;
};

const send = async (base, method, path, inputs, body, output) => {
  let url = base + path;
  const query = new URLSearchParams();
  const headers = { "X-API-Key": document.getElementById("key").value };
  for (const { param, input } of inputs) {
    if (param.in === "path") url = url.replace("{" + param.name + "}", encodeURIComponent(input.value));
    else if (input.value === "") continue;
    else if (param.in === "header") headers[param.name] = input.value;
    else query.set(param.name, input.value);
  }
  if (query.size) url += "?" + query;
  const file = body && body.type === "file";
  if (body && !file) headers["Content-Type"] = "application/json";
  if (file && query.has("type")) headers["Content-Type"] = query.get("type");
  const content = file ? body.files[0] : body && body.value;
  output.hidden = false;
  output.textContent = "…";
  try {
    const answer = await fetch(url, { method: method.toUpperCase(), headers, body: content || undefined });
    let text = await answer.text();
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
    const rate = answer.headers.get("X-RateLimit-Remaining");
    output.textContent = answer.status + " " + answer.statusText + (rate ? "   (" + rate + " requests left)" : "") + "\n\n" + text;
  } catch (error) {
    output.textContent = String(error);
  }
};

const operationView = (doc, base, path, method, op) => {
  const inputs = (op.parameters || []).map((param) => ({ param, input: el("input", { spellcheck: false }) }));
  const json = op.requestBody && op.requestBody.content["application/json"];
  const requestSchema = json && json.schema;
  const body = requestSchema
    ? el("textarea", { spellcheck: false, value: JSON.stringify(sample(doc, requestSchema) || {}, null, 2) })
    : op.requestBody && el("input", { type: "file" });
  const output = el("pre", { hidden: true });
  const button = el("button", { type: "button", textContent: "Send" });
  button.addEventListener("click", () => send(base, method, path, inputs, body, output));

  const view = el("details", { className: "operation", id: op.operationId },
    el("summary", {},
      el("span", { className: "method", textContent: method.toUpperCase() }),
      el("span", { className: "path", textContent: path }),
      el("span", { className: "summary", textContent: op.summary || "" })));
  for (const { param, input } of inputs) {
    view.append(el("label", {}, param.name + " ",
      el("small", { textContent: typeOf(doc, param.schema) + (param.description ? ". " + param.description : "") }), input));
  }
  if (body) {
    view.append(el("label", {}, "body ", body));
    for (const [name, schema] of schemasOf(doc, requestSchema)) {
      view.append(el("h4", { textContent: name }), fieldTable(doc, schema));
    }
  }
  view.append(button, output, el("h3", { textContent: "Answers" }));
  const shown = new Set();
  for (const [status, response] of Object.entries(op.responses)) {
    const schema = response.content && response.content["application/json"] && response.content["application/json"].schema;
    view.append(el("p", {}, el("strong", { textContent: status }), " " + response.description + " ",
      el("code", { textContent: typeOf(doc, schema) })));
    for (const [name, part] of schemasOf(doc, schema)) {
      if (shown.has(name)) continue;
      shown.add(name);
      view.append(el("details", {}, el("summary", { textContent: name }), fieldTable(doc, part)));
    }
  }
  return view;
};

const show = (doc) => {
  document.title = doc.info.title;
  document.getElementById("title").textContent = doc.info.title + " " + doc.info.version;
  document.getElementById("description").textContent = doc.info.description || "";
  const base = doc.servers[0].url;
  const groups = new Map();
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const [method, op] of Object.entries(item)) {
      const tag = (op.tags || ["Other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(doc, base, path, method, op));
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const [tag, views] of groups) main.append(el("h2", { textContent: tag }), ...views);
  if (location.hash) {
    const target = document.getElementById(location.hash.slice(1));
    if (target) target.open = true;
  }
};

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => document.getElementById("operations").replaceChildren(el("p", { textContent: String(error) })));
