import assert from 'node:assert/strict';
import { Replication } from '../../../src/redis/replication';

const ONLINE = 'role:master\r\nslave0:ip=127.0.0.1,port=1,state=online,offset=5,lag=0\r\n';

function replication(answers: unknown[]): { replication: Replication; asked: () => number; warnings: string[] } {
  let asked = 0;
  const warnings: string[] = [];
  const subject = new Replication(
    () => {
      asked += 1;
      return Promise.resolve([answers.shift()]);
    },
    { warn: (text) => warnings.push(text) },
  );
  return { replication: subject, asked: () => asked, warnings };
}

describe('replication', () => {
  it('waits for nobody where no replica follows', async () => {
    const { replication: subject, asked } = replication([]);
    for (const info of [null, new Error('NOPERM'), 'role:master', ONLINE.replace('lag=0', 'lag=9')]) {
      subject.note(info);
      await subject.confirmed();
    }
    assert.equal(asked(), 0);
  });

  it('asks once for all that wait in one turn', async () => {
    const { replication: subject, asked, warnings } = replication([1]);
    subject.note(ONLINE);
    await Promise.all([subject.confirmed(), subject.confirmed(), subject.confirmed()]);
    assert.equal(asked(), 1);
    assert.deepEqual(warnings, []);
  });

  it('says once that a replica has fallen behind, and waits again when it is back', async () => {
    const { replication: subject, asked, warnings } = replication([0, ONLINE, 1]);
    subject.note(ONLINE);
    await subject.confirmed();
    await subject.confirmed();
    assert.equal(warnings.length, 1);
    await subject.look();
    await subject.confirmed();
    assert.equal(asked(), 3);
  });

  it('fails where the connection is lost, so that nothing counts as kept', async () => {
    const { replication: subject } = replication([new Error('Connection is closed.')]);
    subject.note(ONLINE);
    await assert.rejects(subject.confirmed());
  });
});
