/** The script of the control port's page: asks the control API once a second and draws the answer. */
import type { Message, ServerState, SimulatorState } from '../simulator';

type Tone = 'good' | 'bad' | '';
type Action = 'drain' | 'stop' | 'start';

/** Faults that a button turns on or off; docs/simulator.md has the others. */
const FAULTS = {
  Silent: { silent: true },
  Throttle: { throttle: true },
  'Slow answers': { delayMs: 2000 },
  'Cut links': { cut: true },
} as const;

/** Messages shown at most, and searched. */
const SHOWN = 50;
const SEARCHED = 1000;
/** Values of the curve, one a `PERIOD`. */
const HISTORY = 60;
/** Milliseconds between two requests. */
const PERIOD = 1000;
/** Height of the curve, and the margin above and below it, in units of its viewBox. */
const HEIGHT = 36;
const MARGIN = 2;
const SVG = 'http://www.w3.org/2000/svg';
/** Names of the DLT parameters by their TLV tags in hex. */
const DLT: Readonly<Record<string, string>> = { '1400': 'entity', '1401': 'template', '1402': 'telemarketer' };

const rates = new Map<number, readonly number[]>();
let before: { readonly at: number; readonly servers: readonly ServerState[] } | null = null;
let shownMessages = '';

function make(tag: string, className = '', text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function within(element: HTMLElement, children: readonly (Element | null)[]): HTMLElement {
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The text of octets given in hex, without a NUL at its end. */
function ascii(hex: string): string {
  const octets = hex.match(/../g) ?? [];
  return octets
    .map((octet) => String.fromCharCode(parseInt(octet, 16)))
    .join('')
    .replace(/\0$/, '');
}

async function read<T>(path: string, options?: RequestInit): Promise<T> {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path} ${response.status}`);
  return (await response.json()) as T;
}

function post(path: string, body: object): Promise<unknown> {
  return read(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** Submits a second in the last minute, the newest last. */
function ratesOf({ server, submits }: ServerState, now: number): readonly number[] {
  const last = before?.servers[server - 1];
  const perSecond = before && last ? Math.max(0, ((submits - last.submits) / (now - before.at)) * 1000) : 0;
  const known = [...(rates.get(server) ?? []), perSecond].slice(-HISTORY);
  rates.set(server, known);
  return known;
}

function curve(values: readonly number[]): Element {
  const svg = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'polyline');
  const top = Math.max(1, ...values);
  const y = (value: number): number => HEIGHT - MARGIN - (value / top) * (HEIGHT - 2 * MARGIN);
  svg.setAttribute('viewBox', `0 0 ${HISTORY - 1} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `Submits per second in the last minute, at most ${Math.round(top)}`);
  const points = values.map((value, index) => `${HISTORY - values.length + index},${y(value)}`);
  line.setAttribute('points', points.join(' '));
  svg.append(line);
  return svg;
}

function fact(name: string, value: number): HTMLElement {
  return within(make('div'), [make('dt', '', name), make('dd', '', String(value))]);
}

function action({ server }: ServerState, name: Action, possible: boolean): HTMLElement {
  const button = document.createElement('button');
  const label = name.charAt(0).toUpperCase() + name.slice(1);
  button.textContent = label;
  button.disabled = !possible;
  button.dataset['key'] = `${server}${name}`;
  button.setAttribute('aria-label', `${label} server ${server}`);
  button.onclick = () => {
    read(`/servers/${server}/${name}`, { method: 'POST' }).then(refresh).catch(lost);
  };
  return button;
}

/** Turns a fault on; pressed again, all faults of the server off. */
function faultButton({ server, faults: now }: ServerState, label: keyof typeof FAULTS): HTMLElement {
  const body: Readonly<Record<string, unknown>> = FAULTS[label];
  const on = Object.keys(body).every((name) => Boolean((now as unknown as Record<string, unknown>)[name]));
  const button = document.createElement('button');
  button.textContent = label;
  button.dataset['key'] = `${server}${label}`;
  button.setAttribute('aria-label', `${label}, server ${server}`);
  button.setAttribute('aria-pressed', String(on));
  button.onclick = () => {
    post(`/servers/${server}/faults`, on ? {} : body)
      .then(refresh)
      .catch(lost);
  };
  return button;
}

function binds({ sessions }: ServerState): HTMLElement {
  const counts = new Map<string, number>();
  for (const { systemId, mode, version, tls } of sessions) {
    const name = `${systemId} ${mode} ${version}${tls ? ' TLS' : ''}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = Array.from(counts, ([name, count]) => `${count} × ${name}`);
  return make('div', 'quiet', names.length > 0 ? names.join(', ') : 'nobody is bound');
}

function faults({ faults }: ServerState): HTMLElement | null {
  const on = Object.entries(faults).filter(([, value]) => value);
  if (on.length === 0) return null;
  const words = on.map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
  return make('span', 'pill bad', words.join(', '));
}

function serverTone(state: ServerState['state']): Tone {
  if (state === 'up') return 'good';
  return state === 'stopped' ? 'bad' : '';
}

function serverCard(server: ServerState, now: number): HTMLElement {
  const values = ratesOf(server, now);
  const up = server.state === 'up';
  const address = `:${server.port}${server.tlsPort ? `, TLS :${server.tlsPort}` : ''}`;
  return within(make('section', 'card'), [
    within(make('div', 'row'), [
      make('span', '', `Server ${server.server}`),
      make('span', 'quiet', address),
      faults(server),
      make('span', `right pill ${serverTone(server.state)}`, server.state),
    ]),
    within(make('dl'), [
      fact('binds', server.binds),
      fact('per second', Math.round(values.at(-1) ?? 0)),
      fact('receipts', server.receipts),
      fact('accepted', server.accepted),
      fact('refused', server.refused),
      fact('throttled', server.throttled),
    ]),
    curve(values),
    binds(server),
    within(make('div', 'row buttons'), [
      action(server, 'drain', up),
      action(server, 'stop', server.state !== 'stopped'),
      action(server, 'start', !up),
    ]),
    within(
      make('div', 'row buttons'),
      (Object.keys(FAULTS) as (keyof typeof FAULTS)[]).map((label) => faultButton(server, label)),
    ),
  ]);
}

function receiptTone(word: string): Tone {
  if (word === 'DELIVRD') return 'good';
  return word === 'ENROUTE' ? '' : 'bad';
}

function receiptLine({ server, text }: Message['receipts'][number]): HTMLElement {
  const word = / stat:(\S+)/.exec(text)?.[1] ?? '';
  return within(make('div', 'receipt'), [
    make('span', `pill ${receiptTone(word)}`, word),
    make('span', 'mono quiet', `server ${server}  ${text}`),
  ]);
}

function messageCard({ at, from, messageIds, receipts, segments, server, text, tlvs, to }: Message): HTMLElement {
  const ids = Object.entries(DLT).flatMap(([tag, name]) => (tlvs[tag] ? [`${name} ${ascii(tlvs[tag])}`] : []));
  const size = segments === 1 ? '' : ` · ${messageIds.length} of ${segments} segments`;
  return within(make('li', 'card'), [
    within(make('div', 'row'), [
      make('span', '', to),
      make('span', 'quiet', `from ${from || '(empty)'}`),
      make('span', 'quiet right', `${new Date(at).toLocaleTimeString()} · server ${server}${size}`),
    ]),
    make('div', 'text', text),
    ids.length > 0 ? make('div', 'mono quiet', `DLT ${ids.join(' · ')}`) : null,
    make('div', 'mono quiet', `id ${messageIds.join(', ')}`),
    ...receipts.map(receiptLine),
  ]);
}

function part(id: string): HTMLElement {
  return document.getElementById(id)!;
}

function say(text: string, tone: Tone): void {
  const link = part('link');
  link.textContent = text;
  link.className = `pill ${tone}`;
}

function lost(): void {
  say('not reachable', 'bad');
}

function showServers(servers: readonly ServerState[]): void {
  const now = performance.now();
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['key'] : undefined;
  part('servers').replaceChildren(...servers.map((server) => serverCard(server, now)));
  if (focused) document.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
  before = { at: now, servers };
}

/** Draws the messages only when they have changed, because a text that is drawn again loses the reader's selection. */
function showMessages(messages: readonly Message[]): void {
  const wanted = (part('search') as HTMLInputElement).value.trim().toLowerCase();
  const found = messages.filter(({ to, from, text, messageIds }) =>
    [to, from, text, ...messageIds].some((value) => value?.toLowerCase().includes(wanted)),
  );
  const text = JSON.stringify(found);
  if (text === shownMessages) return;
  shownMessages = text;
  const cards = found.slice(-SHOWN).reverse().map(messageCard);
  part('messages').replaceChildren(...(cards.length > 0 ? cards : [make('li', 'quiet', 'None yet.')]));
}

async function refresh(): Promise<void> {
  try {
    const [state, messages] = await Promise.all([
      read<SimulatorState>('/state'),
      read<readonly Message[]>(`/messages?last=${SEARCHED}`),
    ]);
    const accounts = state.accounts.map(
      ({ systemId, credits }) => systemId + (credits === null ? '' : ` (${credits} credits)`),
    );
    part('accounts').textContent = accounts.join(', ');
    showServers(state.servers);
    showMessages(messages);
    say('live', 'good');
  } catch {
    lost();
  }
}

async function loop(): Promise<void> {
  if (!document.hidden) await refresh();
  setTimeout(start, PERIOD);
}

function prepareForms(): void {
  const form = part('incoming') as HTMLFormElement;
  form.onsubmit = (event) => {
    event.preventDefault();
    post('/incoming', Object.fromEntries(new FormData(form))).then(
      () => (part('incoming-result').textContent = 'delivered'),
      (error: unknown) => (part('incoming-result').textContent = `not delivered: ${String(error)}`),
    );
  };
  part('search').oninput = () => {
    refresh().catch(lost);
  };
  part('reset').onclick = () => {
    post('/reset', {}).then(refresh).catch(lost);
  };
}

function start(): void {
  loop().catch(lost);
}

prepareForms();
start();
