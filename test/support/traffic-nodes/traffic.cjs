/* global setInterval, clearInterval */
// Nodes for the tests of deploys and crashes: a steady source of messages, and a ledger of what the flow has seen.
// The ledger writes synchronously: a line of it is there even where the process is killed a moment later.
const { appendFileSync } = require('node:fs');

const { LEDGER, RUN } = process.env;
const PERIOD = 20;
const URGENT_EVERY = 10;
const LONG_EVERY = 7;
/** A text of two segments with its tag in each of them. */
const LONG = 200;
const ballast = 'x'.repeat(Number(process.env.BALLAST));

let rate = Number(process.env.RATE);
let count = 0;
let owed = 0;

function write(line, values) {
  appendFileSync(LEDGER, `${JSON.stringify({ line, run: Number(RUN), at: Date.now(), ...values })}\n`);
}

function nextMessage() {
  const number = ++count;
  const tag = `r${RUN}n${number}.`;
  const text = number % LONG_EVERY === 0 ? tag.repeat(Math.ceil(LONG / tag.length)) : tag;
  // The last six digits stay clear of the simulator's magic recipients.
  const topic = `4477${400_000 + ((Number(RUN) * 20_000 + number) % 500_000)}`;
  return {
    topic,
    payload: text,
    tag,
    reference: { tag },
    ballast,
    ...(number % URGENT_EVERY === 0 && { sms: { priority: 'urgent' } }),
  };
}

module.exports = function (RED) {
  RED.httpAdmin.post('/traffic/:rate', (request, response) => {
    rate = Number(request.params.rate);
    response.end();
  });
  // What smpp-send has been given, by the instance that is there to take it.
  RED.hooks.add('onReceive.traffic', ({ msg, destination: { node } }) => {
    if (node.type === 'smpp-send' && node._inputCallback) write('given', { tag: msg.tag });
  });

  RED.nodes.registerType('traffic-source', function (def) {
    RED.nodes.createNode(this, def);
    const timer = setInterval(() => {
      owed += (rate * PERIOD) / 1000;
      for (; owed >= 1; owed--) this.send(nextMessage());
    }, PERIOD);
    this.on('close', () => clearInterval(timer));
  });

  RED.nodes.registerType('traffic-ledger', function (def) {
    RED.nodes.createNode(this, def);
    this.on('input', (msg, _send, done) => {
      const { tag, topic, payload, smpp, error, sent } = msg;
      write(def.name, { tag, topic, payload, smpp, error, sent });
      done();
    });
  });
};
