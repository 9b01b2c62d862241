(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const colours = new Map(data.stars.map((each) => [each.star, each.fill]));
  const modules = new Map(data.modules.map((each) => [each.path, each]));
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const WORDS = 40; // results that are listed

  // Nodes and links of the drawing; events are nodes of their own.
  const nodes = [
    ...data.modules.map((each) => ({ id: `m ${each.path}`, module: each, text: each.path })),
    ...data.events.map((event) => ({ id: `e ${event}`, event, text: event })),
  ];
  const links = data.edges.map((edge) => {
    const source = `m ${edge.from}`;
    const target = edge.event === undefined ? `m ${edge.to}` : `e ${edge.event}`;
    const turned = edge.relation === "subscribes"; // an event flows to its subscribers
    return {
      source: turned ? target : source,
      target: turned ? source : target,
      relation: edge.relation,
    };
  });
  const known = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) node.near = new Set();
  for (const link of links) {
    known.get(link.source).near.add(link.target);
    known.get(link.target).near.add(link.source);
  }

  const state = { when: "before", star: null, changed: false, chosen: null, hover: null };
  const star = (node) => node.module?.[state.when];
  const changes = (module) => module.before !== module.after;
  const fades = (node) =>
    (state.star !== null && star(node) !== state.star) ||
    (state.changed && !(node.module && changes(node.module))) ||
    (state.chosen !== null && node !== state.chosen && !state.chosen.near.has(node.id));
  const fill = (node) => (node.event ? css("--warn") : colours.get(star(node)));

  const canvas = byId("canvas");
  const graph = new ForceGraph(canvas)
    .graphData({ nodes, links })
    .width(canvas.clientWidth)
    .height(canvas.clientHeight)
    .nodeLabel(() => "") // a label would be HTML; the name is drawn instead
    .nodeVal((node) => 1 + Math.min(node.near.size, 30) / 4)
    .linkDirectionalArrowLength((link) => (link.relation === "contains" ? 0 : 3))
    .linkDirectionalArrowRelPos(1)
    .linkLineDash((link) => (link.relation === "contains" ? [2, 2] : null))
    .linkColor((link) => {
      const faded = fades(link.source) || fades(link.target);
      return faded ? css("--line") : link.relation === "contains" ? css("--before") : css("--quiet");
    })
    .linkVisibility((link) => shown.has(link.relation))
    .nodeCanvasObject((node, context, scale) => {
      const size = 4 * Math.sqrt(1 + Math.min(node.near.size, 30) / 4) / 1.5;
      context.globalAlpha = fades(node) ? 0.12 : 1;
      context.beginPath();
      context.arc(node.x, node.y, size, 0, 2 * Math.PI);
      context.fillStyle = fill(node);
      context.fill();
      const marked = node === state.chosen || node.module?.focus;
      context.lineWidth = (marked ? 2.5 : 0.6) / Math.max(scale, 0.5);
      context.strokeStyle = marked ? css("--text") : css("--quiet");
      context.stroke();
      const named = node === state.hover || node === state.chosen || (!fades(node) && (scale > 2.5 || nodes.length < 80));
      if (named) {
        context.globalAlpha = 1;
        context.font = `${11 / scale}px sans-serif`;
        context.textAlign = "center";
        context.fillStyle = css("--text");
        context.fillText(node.text, node.x, node.y - size - 3 / scale);
      }
      context.globalAlpha = 1;
    })
    .nodePointerAreaPaint((node, colour, context) => {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(node.x, node.y, 6, 0, 2 * Math.PI);
      context.fill();
    })
    .onNodeHover((node) => { state.hover = node; })
    .onNodeClick((node) => choose(node, false))
    .onBackgroundClick(() => choose(null, false))
    .warmupTicks(150)
    .cooldownTicks(0); // it is laid out before it is shown, and then keeps still
  graph.d3Force("charge").distanceMax(240); // parts that nothing joins stay near
  const fit = () => graph.zoomToFit(0, 24);
  requestAnimationFrame(() => requestAnimationFrame(fit));
  addEventListener("resize", () => graph.width(canvas.clientWidth).height(canvas.clientHeight));

  const shown = new Set([...document.getElementsByName("relation")].map((each) => each.value));
  const redraw = () => graph.linkVisibility(graph.linkVisibility());

  const element = (name, text, ...inside) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    made.append(...inside);
    return made;
  };
  const dot = (colour) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 10 10");
    svg.setAttribute("aria-hidden", "true");
    const circle = document.createElementNS(space, "circle");
    for (const [key, value] of [["cx", 5], ["cy", 5], ["r", 4], ["fill", colour]]) circle.setAttribute(key, value);
    svg.append(circle);
    return svg;
  };
  const link = (node) => {
    const button = element("button", "", dot(fill(node)), element("bdi", node.text));
    button.type = "button";
    button.addEventListener("click", () => choose(node, true));
    return element("li", "", button);
  };

  const ENDS = [
    ["inside", "contains", "target"], ["contains", "contains", "source"],
    ["uses", "uses", "source"], ["used by", "uses", "target"],
    ["publishes", "publishes", "source"], ["subscribes to", "subscribes", "target"],
    ["published by", "publishes", "target"], ["subscribed to by", "subscribes", "source"],
  ];
  const endOf = (link, side) => (typeof link[side] === "object" ? link[side] : known.get(link[side]));
  function choose(node, moves) {
    state.chosen = node;
    const about = byId("about");
    about.replaceChildren();
    if (node === null) {
      about.append(element("p", "Choose a module to see what surrounds it."));
      about.firstChild.className = "quiet";
    } else {
      about.append(element("h2", "", element("bdi", node.text)));
      if (node.module) {
        const { name, before, after, outcome, derived } = node.module;
        if (name && name !== node.text) about.append(element("p", "", element("bdi", name)));
        about.append(element("p", before === after ? `${before}, ${outcome}` : `${before} → ${after}, ${outcome}`));
        for (const words of derived || []) about.append(element("p", "", element("bdi", words)));
      } else about.append(element("p", "an event"));
      for (const [words, relation, side] of ENDS) {
        const other = side === "source" ? "target" : "source";
        const ends = links.filter((each) => each.relation === relation && endOf(each, side) === node).map((each) => endOf(each, other));
        if (!ends.length) continue;
        const list = element("ul", "", ...ends.map(link));
        list.className = "ends";
        about.append(element("h3", `${words} (${ends.length})`), list);
      }
      if (moves && node.x !== undefined) { graph.centerAt(node.x, node.y, 0); graph.zoom(Math.max(graph.zoom(), 2), 0); }
    }
    redraw();
  }

  function legend() {
    const counts = new Map();
    for (const each of data.modules) counts.set(each[state.when], (counts.get(each[state.when]) ?? 0) + 1);
    byId("legend").replaceChildren(...data.stars.filter((each) => counts.has(each.star)).map((each) => {
      const number = element("span", counts.get(each.star).toLocaleString("en"));
      number.className = "number";
      const button = element("button", "", dot(each.fill), element("bdi", each.star), number);
      button.type = "button";
      button.setAttribute("aria-pressed", state.star === each.star);
      button.addEventListener("click", () => { state.star = state.star === each.star ? null : each.star; legend(); redraw(); });
      return element("li", "", button);
    }));
  }

  const find = byId("find");
  function search() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (node) => `${node.text} ${node.module?.name ?? ""}`.toLowerCase();
    const hits = words.length ? nodes.filter((node) => words.every((word) => text(node).includes(word))) : [];
    byId("results").replaceChildren(...hits.slice(0, WORDS).map(link));
    byId("found").textContent = words.length ? `${hits.length.toLocaleString("en")} found${hits.length > WORDS ? `, the first ${WORDS} listed` : ""}` : "";
  }
  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") byId("results").querySelector("button")?.click(); });
  for (const each of document.getElementsByName("when"))
    each.addEventListener("change", () => { state.when = each.value; state.star = null; legend(); search(); choose(state.chosen, false); });
  byId("changed").addEventListener("change", (event) => { state.changed = event.target.checked; redraw(); });
  for (const each of document.getElementsByName("relation"))
    each.addEventListener("change", () => { each.checked ? shown.add(each.value) : shown.delete(each.value); redraw(); });
  byId("changed").disabled = !data.modules.some(changes);
  legend();
  search();
  const focused = nodes.filter((node) => node.module?.focus);
  if (focused.length === 1) choose(focused[0], false);
})();
