/* global clearInterval, setInterval */
// Nodes for the tests of long lists and long queues: one that sends a list, or many messages, when it is asked to, and one that counts
// what leaves and keeps none of it.
const { randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const MEGABYTE = 2 ** 20;
const LOOK = 20;

const counts = { out: 0, second: 0, caught: 0, completed: 0, lists: 0, strangers: 0, octets: 0 };
const memory = { before: 0, most: 0 };
const delay = monitorEventLoopDelay({ resolution: 5 });

/** Megabytes of the process's own, without the pages of the store's file that the system has mapped. */
function resident() {
  try {
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return process.memoryUsage.rss() / MEGABYTE;
  }
}

function measure() {
  memory.before = memory.most = resident();
  setInterval(() => (memory.most = Math.max(memory.most, resident())), LOOK).unref();
  delay.enable();
}

module.exports = function (RED) {
  RED.httpAdmin.post('/list/:recipients', (request, response) => {
    // The first is refused by the simulator (ESME_RINVDSTADR).
    const topic = Array.from({ length: Number(request.params.recipients) }, (_, i) =>
      i === 0 ? '919870100011' : String(919_800_300_000 + i),
    );
    measure();
    RED.nodes.getNode('source').send({ topic, payload: 'Hello', ballast: 'x'.repeat(Number(process.env.BALLAST)) });
    response.end();
  });
  RED.httpAdmin.post('/measure', (_request, response) => {
    measure();
    response.end();
  });
  // Messages with a text of their own each. The next hundred come once the pool's store has those before.
  RED.httpAdmin.post('/queue/:messages', (request, response) => {
    measure();
    response.end();
    const messages = Number(request.params.messages);
    let given = 0;
    const more = setInterval(() => {
      if (RED.nodes.getNode('pool').handle.snapshot().queue.waiting < given) return;
      for (let end = Math.min(messages, given + 100); given < end; given++) {
        const ballast = randomBytes(Number(process.env.BALLAST) / 2).toString('hex');
        RED.nodes.getNode('source').send({ topic: String(919_800_300_000 + given), payload: 'Hello', ballast });
      }
      if (given === messages) clearInterval(more);
    }, 1);
  });
  RED.httpAdmin.get('/list', (_request, response) => {
    response.json({
      ...counts,
      waiting: RED.nodes.getNode('pool').handle.snapshot().queue.waiting,
      megabytes: Math.round(memory.most - memory.before),
      longestTurn: Math.round(delay.max / 1e6),
    });
  });
  RED.nodes.registerType('list-source', function (def) {
    RED.nodes.createNode(this, def);
  });
  RED.nodes.registerType('list-counter', function (def) {
    RED.nodes.createNode(this, def);
    this.on('input', ({ topic, payload, smpp }, _send, done) => {
      counts[def.name] += 1;
      counts.octets += typeof payload === 'string' ? payload.length : 0;
      if (def.name !== 'completed') {
        if (typeof topic !== 'string') counts.lists += 1;
        if (topic !== smpp.to) counts.strangers += 1;
      }
      done();
    });
  });
};
