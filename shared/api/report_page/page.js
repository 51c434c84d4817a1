"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var STEP = 100;
  var DATES = { "2027-02-01": "1 Feb 2027", "2027-07-01": "1 Jul 2027" };
  var FLAGS = {
    drift: "Differs from directory", smsSignIn: "SMS sign-in", sharedNumber: "Shared number",
    regionOptIn: "Region needs opt-in", extensionOnMobile: "Extension on mobile"
  };
  var names = typeof Intl.DisplayNames === "function" ? new Intl.DisplayNames(["en"], { type: "region" }) : null;
  var byId = function (id) { return document.getElementById(id); };
  var country = function (code) {
    return !code ? "Not known" : names && /^[A-Z]{2}$/.test(code) ? names.of(code) || code : code;
  };

  // passKeyDeviceBound: Passkey device bound
  var spoken = function (name) {
    var text = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().replace("pass key", "passkey");
    return text.charAt(0).toUpperCase() + text.slice(1);
  };

  // One object for each user, with the texts that the table shows and compares.
  var users = data.rows.map(function (row) {
    var user = {};
    data.columns.forEach(function (name, at) { user[name] = row[at]; });
    user.where = user.country ? country(user.country) : "";
    user.stateName = data.states[user.state];
    user.flags = Object.keys(FLAGS).filter(function (name) { return name !== "regionOptIn" && user[name] === true; });
    user.methodNames = (user.methods || []).map(spoken);
    user.text = (JSON.stringify(row) + " " + user.where + " " + user.methodNames.join(" ")).toLowerCase();
    return user;
  });

  var numbers = function (value) {
    return Object.keys(value || {}).map(function (method) { return [method, value[method] || "none"]; });
  };
  var words = function (list, style) { return list.map(function (text) { return { text: text, style: style }; }); };
  var numberWords = function (value) {
    return numbers(value).map(function (pair) {
      return { text: (pair[0] === "mobile" ? "" : pair[0] + " ") + pair[1], style: "number" };
    });
  };
  var COLUMNS = [
    { name: "User", key: function (u) { return u.userPrincipalName || u.userId || ""; },
      words: function (u) {
        return words([u.userPrincipalName || u.userId || ""]).concat(u.message ? words([u.message], "amber") : []);
      } },
    { name: "Affected on", key: function (u) { return (u.retiresOn || "9") + data.order.indexOf(u.state); },
      words: function (u) { return u.retiresOn ? words([DATES[u.retiresOn]], u.phoneOnly ? "alarm" : "") : []; } },
    { name: "State", key: function (u) { return data.order.indexOf(u.state); },
      words: function (u) { return words([u.stateName], u.phoneOnly ? "alarm" : ""); } },
    { name: "Registered", key: function (u) { return numbers(u.registered).join(); },
      words: function (u) { return numberWords(u.registered); } },
    { name: "Directory", key: function (u) { return numbers(u.desired).join(); },
      words: function (u) { return numberWords(u.desired); } },
    { name: "Country", key: function (u) { return u.where; },
      words: function (u) {
        return words(u.where ? [u.where] : []).concat(words(u.regionOptIn ? ["Needs opt-in"] : [], "soft"));
      } },
    { name: "Methods", key: function (u) { return u.methodNames.join(); },
      words: function (u) { return words(u.methodNames, "soft"); } },
    { name: "To look at", key: function (u) { return -u.flags.length; },
      words: function (u) { return words(u.flags.map(function (name) { return FLAGS[name]; }), "amber"); } }
  ];

  var sorted = { at: 1, down: false }, found = users, visible = STEP;
  var table = byId("rows"), body = table.tBodies[0], heads = [];

  function make(tag, text, style) {
    var node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (style) node.className = style;
    return node;
  }

  function fill(select, pairs) {
    pairs.forEach(function (pair) { select.add(new Option(pair[1], pair[0])); });
  }

  function line(user) {
    var row = make("tr");
    COLUMNS.forEach(function (column, at) {
      var cell = make(at ? "td" : "th");
      if (at) cell.setAttribute("data-label", column.name); else cell.scope = "row";
      column.words(user).forEach(function (word) {
        var part = make("span", undefined, "word " + (word.style || ""));
        // A name breaks behind its at sign.
        word.text.replace(/@/g, "@\n").split("\n").forEach(function (piece, n) { part.append(n ? make("wbr") : "", piece); });
        cell.append(part);
      });
      row.append(cell);
    });
    return row;
  }

  function show() {
    var page = document.createDocumentFragment();
    found.slice(0, visible).forEach(function (user) { page.append(line(user)); });
    body.replaceChildren(page);
    var left = found.length - Math.min(visible, found.length);
    byId("count").textContent = found.length.toLocaleString("en") + (found.length === 1 ? " user" : " users") +
      (left ? ", the first " + visible.toLocaleString("en") + " shown" : "");
    byId("more").hidden = byId("everything").hidden = !left;
    heads.forEach(function (head, at) {
      if (at === sorted.at) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function sort() {
    var key = COLUMNS[sorted.at].key, keys = new Map();
    users.forEach(function (user) { keys.set(user, key(user)); });
    var compare = function (one, other) {
      var a = keys.get(one), b = keys.get(other);
      return typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0;
    };
    users.sort(function (one, other) {
      return (sorted.down ? -compare(one, other) : compare(one, other)) ||
        (one.userPrincipalName || "").localeCompare(other.userPrincipalName || "");
    });
  }

  function filter() {
    var text = byId("search").value.trim().toLowerCase(), date = byId("date").value;
    var state = byId("stateFilter").value, where = byId("countryFilter").value, flag = byId("flag").value;
    found = users.filter(function (user) {
      return (!text || user.text.includes(text)) && (!state || user.state === state) &&
        (!where || (user.country || "-") === where) && (!flag || user[flag] === true) &&
        (!date || (user.retiresOn || "-") === date);
    });
    visible = STEP;
    show();
  }

  COLUMNS.forEach(function (column, at) {
    var head = make("th"), button = make("button", column.name);
    head.scope = "col";
    button.type = "button";
    button.addEventListener("click", function () {
      sorted = { at: at, down: sorted.at === at && !sorted.down };
      sort();
      filter();
    });
    head.append(button);
    heads.push(head);
  });
  var top = make("tr");
  top.append.apply(top, heads);
  table.tHead.append(top);

  var inUse = function (name) { return new Set(users.map(function (user) { return user[name] || "-"; })); };
  var states = inUse("state"), places = inUse("country");
  fill(byId("stateFilter"), data.order.filter(function (state) { return states.has(state); })
    .map(function (state) { return [state, data.states[state]]; }));
  fill(byId("countryFilter"), Array.from(places).map(function (code) { return [code, country(code === "-" ? "" : code)]; })
    .sort(function (one, other) { return one[1].localeCompare(other[1]); }));
  fill(byId("flag"), Object.keys(FLAGS).map(function (name) { return [name, FLAGS[name]]; }));
  document.querySelectorAll("[data-country]").forEach(function (node) {
    node.textContent = country(node.getAttribute("data-country"));
  });

  var filters = byId("filters");
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", function (event) { event.preventDefault(); });
  filters.addEventListener("reset", function () { setTimeout(filter); });
  byId("more").addEventListener("click", function () { visible += STEP; show(); });
  byId("everything").addEventListener("click", function () { visible = Infinity; show(); });
  // Who prints wants what was found, not its first hundred; more than fits on a hundred sheets is not printed unasked.
  addEventListener("beforeprint", function () {
    if (found.length <= 2000) { visible = Infinity; show(); }
  });
  table.hidden = false;
  sort();
  filter();
})();
