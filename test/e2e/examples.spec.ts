import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, NodeRed, removeUserDir, ROOT, type Flow } from '../support/node-red';

const FOLDER = join(ROOT, 'examples');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

type Node = Record<string, any> & Flow;

function nodesOf(file: string): Node[] {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Node[];
}

/** All examples side by side, as after importing one after the other: they share their pool. */
function allExamples(): Node[] {
  return [...new Map(FILES.flatMap(nodesOf).map((node) => [node.id, node])).values()];
}

/** Moves servers to where the simulator listens, makes waits short and debug nodes write to the console. */
function onBench(node: Node, simulator: Simulator): Node {
  switch (node.type) {
    case 'smpp-pool':
      return {
        ...node,
        servers: node.servers.map((server: object, i: number) => ({ ...server, port: simulator.servers[i]!.port })),
      };
    case 'debug':
      return { ...node, console: true };
    case 'tab':
      return { ...node, env: node.env.map((one: any) => (one.name === 'WAIT_SECONDS' ? { ...one, value: '1' } : one)) };
    case 'trigger':
      return { ...node, duration: '1' };
    case 'delay':
      return node.pauseType === 'delay' ? { ...node, timeout: '0.1' } : node;
    default:
      return node;
  }
}

describe('the examples in a real Node-RED with the simulator', function () {
  this.timeout(30_000);
  let simulator: Simulator;
  let userDir: string;
  let nodeRed: NodeRed;
  let flows: Node[];

  /** Presses the button of an Inject node. @returns where the output of what follows begins */
  async function press(example: string, name: string): Promise<number> {
    const from = nodeRed.output.length;
    const tab = flows.find(({ type, label }) => type === 'tab' && label === example);
    const inject = flows.find((node) => node.type === 'inject' && node.z === tab?.id && node.name === name);
    const { status } = await fetch(`${nodeRed.url}/inject/${inject!.id}`, { method: 'POST' });
    assert.equal(status, 200);
    return from;
  }

  const textsTo = (to: string): string[] =>
    simulator
      .messages()
      .filter((message) => message.to === to)
      .map(({ text }) => text);

  before(async () => {
    userDir = await newUserDir();
    simulator = await createSimulator({ servers: 2, dlrDelay: 50 });
    flows = allExamples().map((node) => onBench(node, simulator));
    const pool = flows.find(({ type }) => type === 'smpp-pool')!;
    const credentials = { [pool.id]: { systemId: 'demo', password: 'demo' } };
    const env = { SIM_CONTROL_PORT: new URL(simulator.controlUrl).port };
    nodeRed = await NodeRed.start({ flows, credentials, userDir, env });
  });

  after(async () => {
    await nodeRed?.stop();
    await simulator?.close();
    await removeUserDir(userDir);
  });

  it('need no node type that Node-RED and this package do not bring', async () => {
    const answer = await fetch(`${nodeRed.url}/nodes`, { headers: { accept: 'application/json' } });
    const known = new Set(((await answer.json()) as { types: string[] }[]).flatMap(({ types }) => types));
    const unknown = flows
      .map(({ type }) => type)
      .filter((type) => !known.has(type) && !['tab', 'group'].includes(type));
    assert.deepEqual(unknown, []);
    assert.ok(!nodeRed.output.includes('missing types'));
  });

  it('First light: sends by itself', async () => {
    await nodeRed.printed('[debug:delivery report]');
    assert.deepEqual(textsTo('447700900123'), ['Pump 7 is over 90 degrees']);
  });

  it('DLT alert from a sensor: one alert with the three ids, however often the reading comes, and none below the limit', async () => {
    await press('DLT alert from a sensor', '61 °C');
    await press('DLT alert from a sensor', '93.4 °C');
    const from = await press('DLT alert from a sensor', '93.4 °C');
    await nodeRed.printed('[debug:alert report]', from);
    assert.deepEqual(textsTo('919876500123'), ['Pump 7 is at 93.4 degrees']);
    const { tlvs } = simulator.messages().find(({ to }) => to === '919876500123')!;
    const ids = ['1400', '1401', '1402'].map((tag) => Buffer.from(tlvs[tag]!, 'hex').toString());
    assert.deepEqual(ids, ['1101172974420810001', '1107172974420820002', '1302172974420830004']);
  });

  it('DLT alert from a sensor: sorts out a report of the DLT checks', async () => {
    const from = await press('DLT alert from a sensor', 'Wrong template id');
    await nodeRed.printed('[debug:check the DLT ids]', from);
    await nodeRed.printed("error: '782'", from);
  });

  it('A list from CSV: an outcome for every row, and a summary when all are there', async () => {
    const from = await press('A list from CSV', 'Send the list');
    await nodeRed.printed('[debug:summary of the list]', from);
    await nodeRed.printed('ESME_RINVDSTADR', from);
    const summary = nodeRed.output.slice(from);
    assert.match(summary, /rows: 6,\s+accepted: 4,/);
    assert.match(summary, /name: 'Chandra'[^}]*outcome: 'invalid'/);
    assert.match(summary, /name: 'Emil'[^}]*outcome: 'refused'/);
    assert.deepEqual(textsTo('447700900204'), ['Dear Dora, we expect you at 10:00.']);
  });

  it('Delivery reports in a table: as a page and as a file', async () => {
    await press('Delivery reports in a table', 'Send four');
    const read = async (path: string): Promise<string> => (await fetch(`${nodeRed.url}${path}`)).text();
    const numbers = ['447700900300', '447700000013', '447700000001', '919876000782'];
    let page = '';
    while (!numbers.every((to) => page.includes(`<td>${to}</td>`))) page = await read('/sms-reports');
    assert.match(page, /<td>447700000013<\/td><td>\w+<\/td><td>013<\/td><td>[^<]+<\/td><td>yes<\/td>/);
    const rows = (await read('/sms-reports.csv')).trim().split(/\r?\n/);
    assert.equal(rows[0], 'sent,done,to,state,error,description,retry');
    assert.ok(rows.some((row) => row.includes(',447700900300,DELIVERED,')));
  });

  it('Escalate to a second person: when no report of the first comes in time', async () => {
    const from = await press('Escalate to a second person', 'Alarm');
    await nodeRed.printed('[debug:second person told]', from);
    assert.deepEqual(textsTo('447700200006'), ['Cold store 2 is at +4 degrees']);
    assert.deepEqual(textsTo('447700900402'), ['Cold store 2 is at +4 degrees']);
  });

  it('Watch the connection: the figures, and a sentence at each change', async () => {
    const from = await press('Watch the connection', 'Figures now');
    await nodeRed.printed('up 2/2, 0 waiting', from);
    await press('Watch the connection', 'Disconnect');
    await nodeRed.printed('[debug:connection]', from);
    await nodeRed.printed('UTC: the pool is stopped, 0 of 2 binds', from);
    await nodeRed.printed('[debug:call somebody]', from);
    const again = await press('Watch the connection', 'Connect');
    await nodeRed.printed('UTC: the pool is up, 2 of 2 binds', again);
  });

  it('Catch and sort failures: each kind goes its own way', async () => {
    const ways = {
      'Not a phone number': 'invalid: correct it',
      'Refused: bad destination': 'refused: code of the platform',
      'Refused: no credits': 'refused: code of the platform',
      'Number does not exist': 'wrong number: take it off the list',
      'DLT template not registered': 'DLT: check ids and template',
    };
    for (const [button, way] of Object.entries(ways)) {
      const from = await press('Catch and sort failures', button);
      await nodeRed.printed(`[debug:${way}]`, from);
    }
    assert.ok(nodeRed.output.includes('ESME_RINVBALANCE'));
  });

  it('Catch and sort failures: what may arrive later is sent again, three times', async () => {
    const before = textsTo('447700000013').length;
    const from = await press('Catch and sort failures', 'Phone is switched off');
    await nodeRed.printed('[debug:undelivered: see description]', from);
    assert.equal(textsTo('447700000013').length - before, 4);
  });

  it('Answer incoming SMS: the answer goes back, from the number that was written to', async () => {
    for (const [button, answer] of [
      ['“Status please”', 'All pumps are running.'],
      ['“STOP”', 'You get no more alerts from us.'],
      ['“Hello?”', 'Send STATUS for the state of the pumps, STOP for no more alerts.'],
    ] as const) {
      const from = await press('Answer incoming SMS', button);
      await nodeRed.printed('[debug:answered]', from);
      assert.equal(textsTo('447700900501').at(-1), answer);
    }
    const { from } = simulator.messages().find(({ to }) => to === '447700900501')!;
    assert.equal(from, '56070');
  });

  it('Alert with cool-down and all-clear: one alert, however often it is exceeded, and one all-clear', async () => {
    const example = 'Alert with cool-down and all-clear';
    for (const button of ['Pump 7: 93', 'Pump 7: 93', 'Pump 7: 61', 'Pump 7: 61']) await press(example, button);
    const from = await press(example, 'Pump 8: 95');
    await nodeRed.printed('pump 8 is at 95 degrees', from);
    assert.deepEqual(textsTo('447700900601').sort(), [
      'All clear: pump 7 is at 61 degrees',
      'pump 7 is at 93 degrees',
      'pump 8 is at 95 degrees',
    ]);
  });

  it('One-time passwords: a code is right once, and a second one comes after a minute', async () => {
    const example = 'One-time passwords';
    let from = await press(example, 'Ask for a code');
    await nodeRed.printed('[debug:code sent]', from);
    from = await press(example, 'Ask for a code');
    await nodeRed.printed('[debug:no second code]', from);
    from = await press(example, 'Wrong code');
    await nodeRed.printed('Wrong code, 2 attempts left', from);
    const [text, ...more] = textsTo('447700900701');
    assert.equal(more.length, 0);
    const code = /^\d{6}/.exec(text!)![0];
    const changed = flows.map((node) => (node.name === 'Enter the code' ? { ...node, payload: code } : node));
    await nodeRed.deploy(changed, 'nodes');
    from = await press(example, 'Enter the code');
    await nodeRed.printed('[debug:let in]', from);
    from = await press(example, 'Enter the code');
    await nodeRed.printed('No code is valid', from);
  });

  describe('Escalate to a second person, with another first person', () => {
    /** @returns how often the second person was told, a while after the timer would have run out */
    async function alarm(firstPerson: string): Promise<number> {
      const changed = flows.map((node) =>
        node.type === 'tab'
          ? {
              ...node,
              env: node.env.map((one: any) => (one.name === 'FIRST_PERSON' ? { ...one, value: firstPerson } : one)),
            }
          : node,
      );
      await nodeRed.deploy(changed);
      const told = textsTo('447700900402').length;
      await press('Escalate to a second person', 'Alarm');
      // What must not happen can only be waited out.
      await sleep(2000);
      return textsTo('447700900402').length - told;
    }

    it('leaves the second in peace when the first is reached', async () => {
      assert.equal(await alarm('447700900401'), 0);
    });

    it('tells the second once when the report says that the first was not reached', async () => {
      assert.equal(await alarm('447700000013'), 1);
    });

    it('tells the second once when the platform refuses the number of the first', async () => {
      assert.equal(await alarm('447700100011'), 1);
    });
  });
});
