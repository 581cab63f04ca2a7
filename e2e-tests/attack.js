// What a hostile page does in the browser of somebody who is signed in at the shop. `finished` tells what it got.
const { shop, targets, encodings } = JSON.parse(document.getElementById("plan").textContent);
const settled = [];
const read = [];
const loaded = [];

// Forms that send themselves, each into a frame of its own.
function sendForm(path, fields, encoding) {
  const name = `frame-${settled.length}`;
  const frame = Object.assign(document.createElement("iframe"), { name });
  const form = Object.assign(document.createElement("form"), { method: "post", action: shop + path, target: name });
  form.enctype = encoding;
  for (const [field, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name: field, value }));
  }
  document.body.append(frame, form);
  return new Promise((done) => {
    setTimeout(() => {
      frame.onload = done;
      form.submit();
    });
  });
}

async function ask(path, options) {
  try {
    const text = await (await fetch(shop + path, { credentials: "include", ...options })).text();
    if (text) read.push(text);
  } catch {
    // Refused, as it should be.
  }
}

function load(tag, path) {
  const element = document.createElement(tag);
  const ended = new Promise((done) => {
    element.onerror = done;
    element.onload = () => {
      // A frame fires it for the browser's own error page, too: the test looks what is in it.
      if (tag !== "iframe") loaded.push(path);
      done();
    };
  });
  element.src = shop + path;
  document.body.append(element);
  return ended;
}

for (const [path, fields] of targets) {
  for (const encoding of encodings) settled.push(sendForm(path, fields, encoding));
  for (const mode of ["no-cors", "cors"]) {
    settled.push(ask(path, { method: "POST", mode, body: new URLSearchParams(fields) }));
  }
}
for (const path of ["/account", "/orders", "/static/site.css"]) {
  for (const mode of ["no-cors", "cors"]) settled.push(ask(path, { mode }));
}
settled.push(load("script", "/static/site.js"), load("img", "/favicon.svg"), load("iframe", "/account"));
window.finished = Promise.all(settled).then(() => ({ read, loaded }));
