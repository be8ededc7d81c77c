/* global setInterval */
// Nodes for the test of long lists: one that sends a list when it is asked to, and one that counts what leaves and keeps none of it.
const { monitorEventLoopDelay } = require('node:perf_hooks');

const MEGABYTE = 2 ** 20;
const LOOK = 20;

const counts = { out: 0, second: 0, caught: 0, completed: 0, lists: 0, strangers: 0 };
const memory = { before: 0, most: 0 };
const delay = monitorEventLoopDelay({ resolution: 5 });

module.exports = function (RED) {
  RED.httpAdmin.post('/list/:recipients', (request, response) => {
    // The first is refused by the simulator (ESME_RINVDSTADR).
    const topic = Array.from({ length: Number(request.params.recipients) }, (_, i) =>
      i === 0 ? '919870100011' : String(919_800_300_000 + i),
    );
    memory.before = memory.most = process.memoryUsage.rss() / MEGABYTE;
    setInterval(() => (memory.most = Math.max(memory.most, process.memoryUsage.rss() / MEGABYTE)), LOOK).unref();
    delay.enable();
    RED.nodes.getNode('source').send({ topic, payload: 'Hello', ballast: 'x'.repeat(Number(process.env.BALLAST)) });
    response.end();
  });
  RED.httpAdmin.get('/list', (_request, response) => {
    response.json({
      ...counts,
      megabytes: Math.round(memory.most - memory.before),
      longestTurn: Math.round(delay.max / 1e6),
    });
  });
  RED.nodes.registerType('list-source', function (def) {
    RED.nodes.createNode(this, def);
  });
  RED.nodes.registerType('list-counter', function (def) {
    RED.nodes.createNode(this, def);
    this.on('input', ({ topic, smpp }, _send, done) => {
      counts[def.name] += 1;
      if (def.name !== 'completed') {
        if (typeof topic !== 'string') counts.lists += 1;
        if (topic !== smpp.to) counts.strangers += 1;
      }
      done();
    });
  });
};
