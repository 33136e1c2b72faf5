"use strict";
(() => {
  const $ = (selector, place = document) => place.querySelector(selector);
  const all = (selector, place = document) => [...place.querySelectorAll(selector)];

  // --- findings: by level, check and words ---
  const words = $("#words"), code = $("#code"), shown = $("#shown");
  const levels = all("input[name=level]");
  function filter() {
    const wanted = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const kept = new Set(levels.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const file of all("details.file")) {
      let inside = 0;
      for (const row of all(".row", file)) {
        const text = (file.dataset.file + " " + row.textContent).toLowerCase();
        const fits = wanted.every((word) => text.includes(word));
        let visible = 0;
        for (const one of all("li", row)) {
          one.hidden = !(fits && kept.has(one.dataset.level) &&
            (!code.value || code.value === one.dataset.code));
          visible += !one.hidden;
        }
        row.hidden = !visible;
        inside += visible;
      }
      file.hidden = !inside && file.dataset.count !== "0";
      count += inside;
    }
    shown.textContent = `${count} shown`;
  }
  if (words) {
    for (const input of [words, code, ...levels]) input.addEventListener("input", filter);
    $("#open").addEventListener("click", () => all("details.file").forEach((d) => { d.open = true; }));
    $("#close").addEventListener("click", () => all("details.file").forEach((d) => { d.open = false; }));
    filter();
  }

  // --- the technique tree: branches are made when they are opened ---
  const data = $("#tree-data");
  if (!data) return;
  const { root, nodes } = JSON.parse(data.textContent);
  const place = $("#tree"), search = $("#technique"), only = $("#reached");
  function branch(id, path) {
    const node = nodes[id];
    const item = document.createElement("li");
    item.className = node.total ? "some" : "none";
    const line = document.createElement("div");
    line.className = "node";
    const twist = document.createElement("button");
    twist.type = "button";
    twist.className = "twist";
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = node.label;
    label.title = id;
    const count = document.createElement("span");
    count.className = "count";
    count.textContent = node.total ? `${node.own} here, ${node.total} in all` : "";
    line.append(twist, label, count);
    item.append(line);
    const below = node.below.filter((child) => !path.includes(child) &&
      (!only.checked || nodes[child].total));
    if (!below.length) {
      twist.textContent = "·";
      twist.disabled = true;
      return item;
    }
    const list = document.createElement("ul");
    list.hidden = true;
    item.append(list);
    function turn(open) {
      if (open && !list.childElementCount) {
        list.append(...below.map((child) => branch(child, [...path, id])));
      }
      list.hidden = !open;
      twist.textContent = open ? "▾" : "▸";
      twist.setAttribute("aria-expanded", String(open));
      twist.setAttribute("aria-label", `${open ? "close" : "open"} ${node.label}`);
    }
    twist.addEventListener("click", () => turn(list.hidden));
    turn(path.length === 0);
    return item;
  }
  function draw() {
    const text = search.value.trim().toLowerCase();
    if (!text) {
      place.replaceChildren(branch(root, []));
      return;
    }
    const found = Object.keys(nodes)
      .filter((id) => `${id} ${nodes[id].label} ${nodes[id].alt}`.toLowerCase().includes(text))
      .filter((id) => !only.checked || nodes[id].total);
    place.replaceChildren(...found.slice(0, 100).map((id) => branch(id, [])));
    if (!found.length) place.textContent = "No technique has this in its name.";
  }
  search.addEventListener("input", draw);
  only.addEventListener("input", draw);
  draw();
})();
