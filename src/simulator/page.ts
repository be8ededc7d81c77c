/** The page of the control port: one text without anything from elsewhere; it asks the control API once a second. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:">
<link rel="icon" href="data:,">
<title>SMPP simulator</title>
<style>
:root {
  color-scheme: light dark;
  --back: #f4f5f7; --card: #fff; --text: #1c2330; --quiet: #5b6678; --line: #dde1e8;
  --good: #12733f; --goodback: #dff3e7; --warn: #8a5300; --warnback: #fdeecf; --bad: #ab1f26; --badback: #fbe1e2; --accent: #2457c5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161d; --card: #1b212b; --text: #e6eaf1; --quiet: #9aa6b8; --line: #2d3644;
    --good: #74d79f; --goodback: #173726; --warn: #f0c06a; --warnback: #3b2d12; --bad: #ff9ba0; --badback: #43191c; --accent: #8db1ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
main, header { max-width: 1100px; margin: 0 auto; padding: 0 16px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding-top: 18px; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 15px; margin: 26px 0 8px; }
.quiet { color: var(--quiet); }
.mono { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.servers { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 12px; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; }
.row > span:first-child { font-weight: 600; }
.buttons { margin-top: 10px; }
.receipt { display: flex; align-items: baseline; gap: 4px 10px; margin-top: 4px; }
@media (max-width: 600px) { .receipt { flex-wrap: wrap; } }
.right { margin-left: auto; }
.pill { border-radius: 99px; padding: 1px 9px; font-size: 13px; white-space: nowrap; background: var(--warnback); color: var(--warn); }
.pill.good { background: var(--goodback); color: var(--good); }
.pill.bad { background: var(--badback); color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin: 12px 0; }
dt { color: var(--quiet); font-size: 12px; }
dd { margin: 0; font-size: 17px; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: 36px; }
polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
button { font: inherit; font-size: 13px; color: var(--text); background: transparent; border: 1px solid var(--line); border-radius: 7px; padding: 5px 12px; min-height: 34px; cursor: pointer; }
button:hover:enabled { border-color: var(--accent); }
button:disabled { opacity: .4; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.messages { display: grid; gap: 8px; padding: 0 0 40px; margin: 0; list-style: none; }
.text { margin: 6px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.messages .mono + .mono { margin-top: 2px; }
</style>
</head>
<body>
<header><h1>SMPP simulator</h1><span id="accounts" class="quiet"></span><span id="link" class="pill" role="status">connecting</span></header>
<main>
<h2>Servers</h2>
<div id="servers" class="servers"></div>
<h2>Latest messages</h2>
<ol id="messages" class="messages"></ol>
</main>
<script>
(function () {
'use strict';
var SHOWN = 50, HISTORY = 60, DLT = { '1400': 'entity', '1401': 'template', '1402': 'telemarketer' };
var history = {}, before = null, shownMessages = '';

function make(tag, className, text) {
  var element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
function withChildren(element, children) {
  children.forEach(function (child) { if (child) element.appendChild(child); });
  return element;
}
function ascii(hex) {
  return (hex.match(/../g) || []).map(function (pair) { return String.fromCharCode(parseInt(pair, 16)); }).join('').replace(/\\0$/, '');
}
function read(path, options) {
  return fetch(path, options).then(function (response) {
    if (!response.ok) throw new Error(path + ' ' + response.status);
    return response.json();
  });
}

function rate(server, now) {
  var last = before && before.servers[server.server - 1];
  var perSecond = last ? Math.max(0, (server.submits - last.submits) / (now - before.at) * 1000) : 0;
  var rates = history[server.server] = (history[server.server] || []).concat(perSecond).slice(-HISTORY);
  return rates;
}
function curve(rates) {
  var svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  var line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  var top = Math.max.apply(null, rates.concat(1));
  svg.setAttribute('viewBox', '0 0 ' + (HISTORY - 1) + ' 36');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'Submits per second in the last minute, at most ' + Math.round(top));
  line.setAttribute('points', rates.map(function (value, index) {
    return (HISTORY - rates.length + index) + ',' + (34 - value / top * 32);
  }).join(' '));
  svg.appendChild(line);
  return svg;
}
function fact(name, value) {
  return withChildren(make('div'), [make('dt', '', name), make('dd', '', value)]);
}
function action(server, name, possible) {
  var button = make('button', '', name[0].toUpperCase() + name.slice(1));
  button.disabled = !possible;
  button.dataset.key = server.server + name;
  button.setAttribute('aria-label', button.textContent + ' server ' + server.server);
  button.onclick = function () { read('/servers/' + server.server + '/' + name, { method: 'POST' }).then(refresh, lost); };
  return button;
}
function binds(server) {
  var counts = {};
  server.sessions.forEach(function (session) {
    var name = session.systemId + ' ' + session.mode + ' ' + session.version + (session.tls ? ' TLS' : '');
    counts[name] = (counts[name] || 0) + 1;
  });
  var names = Object.keys(counts).map(function (name) { return counts[name] + ' × ' + name; });
  return make('div', 'quiet', names.length ? names.join(', ') : 'nobody is bound');
}
function faults(server) {
  var on = Object.keys(server.faults).filter(function (name) { return server.faults[name]; });
  return on.length ? make('span', 'pill bad', on.map(function (name) {
    return server.faults[name] === true ? name : name + ' ' + server.faults[name];
  }).join(', ')) : null;
}
function serverCard(server, now) {
  var rates = rate(server, now);
  var up = server.state === 'up';
  var address = ':' + server.port + (server.tlsPort ? ', TLS :' + server.tlsPort : '');
  return withChildren(make('section', 'card'), [
    withChildren(make('div', 'row'), [
      make('span', '', 'Server ' + server.server), make('span', 'quiet', address), faults(server),
      make('span', 'right pill ' + (up ? 'good' : server.state === 'stopped' ? 'bad' : ''), server.state),
    ]),
    withChildren(make('dl'), [
      fact('binds', server.binds), fact('per second', Math.round(rates[rates.length - 1])), fact('receipts', server.receipts),
      fact('accepted', server.accepted), fact('refused', server.refused), fact('throttled', server.throttled),
    ]),
    curve(rates),
    binds(server),
    withChildren(make('div', 'row buttons'), [
      action(server, 'drain', up), action(server, 'stop', server.state !== 'stopped'), action(server, 'start', !up),
    ]),
  ]);
}

function receiptLine(receipt) {
  var word = (/ stat:(\\S+)/.exec(receipt.text) || [])[1] || '';
  var kind = word === 'DELIVRD' ? 'good' : word === 'ENROUTE' ? '' : 'bad';
  return withChildren(make('div', 'receipt'), [
    make('span', 'pill ' + kind, word), make('span', 'mono quiet', 'server ' + receipt.server + '  ' + receipt.text),
  ]);
}
function messageCard(message) {
  var ids = Object.keys(DLT).filter(function (tag) { return message.tlvs[tag]; }).map(function (tag) {
    return DLT[tag] + ' ' + ascii(message.tlvs[tag]);
  });
  var size = message.segments === 1 ? '' : ' · ' + message.messageIds.length + ' of ' + message.segments + ' segments';
  return withChildren(make('li', 'card'), [
    withChildren(make('div', 'row'), [
      make('span', '', message.to), make('span', 'quiet', 'from ' + (message.from || '(empty)')),
      make('span', 'quiet right', new Date(message.at).toLocaleTimeString() + ' · server ' + message.server + size),
    ]),
    make('div', 'text', message.text),
    ids.length ? make('div', 'mono quiet', 'DLT ' + ids.join(' · ')) : null,
    make('div', 'mono quiet', 'id ' + message.messageIds.join(', ')),
  ].concat(message.receipts.map(receiptLine)));
}

function say(text, kind) {
  var link = document.getElementById('link');
  link.textContent = text;
  link.className = 'pill ' + kind;
}
function lost() { say('not reachable', 'bad'); }
function show(state, messages) {
  var now = performance.now();
  var focused = document.activeElement && document.activeElement.dataset.key;
  document.getElementById('accounts').textContent = state.accounts.map(function (account) {
    return account.systemId + (account.credits === null ? '' : ' (' + account.credits + ' credits)');
  }).join(', ');
  document.getElementById('servers').replaceChildren.apply(
    document.getElementById('servers'), state.servers.map(function (server) { return serverCard(server, now); }));
  if (focused) { var again = document.querySelector('[data-key="' + focused + '"]'); if (again) again.focus(); }
  before = { at: now, servers: state.servers };
  var text = JSON.stringify(messages);
  if (text === shownMessages) return;
  shownMessages = text;
  var list = document.getElementById('messages');
  list.replaceChildren.apply(list, messages.reverse().map(messageCard));
  if (!messages.length) list.appendChild(make('li', 'quiet', 'None yet.'));
}
function refresh() {
  return Promise.all([read('/state'), read('/messages?last=' + SHOWN)]).then(function (both) {
    show(both[0], both[1]);
    say('live', 'good');
  }).catch(lost);
}
function loop() {
  (document.hidden ? Promise.resolve() : refresh()).then(function () { setTimeout(loop, 1000); });
}
loop();
})();
</script>
</body>
</html>
`;
