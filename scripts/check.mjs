/** Types and style, two checks at a time: each keeps one core busy. What a check says is printed once it has failed. */
import { spawn } from 'node:child_process';

/** The longest first. */
const waiting = ['eslint .', 'tsc -p .', 'prettier --check .', 'tsc -p tsconfig.editor.json'];
const AT_ONCE = 2;

function run(command) {
  return new Promise((resolve) => {
    const child = spawn(`npx ${command}`, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.once('close', (code) => {
      console.log(code === 0 ? `ok: ${command}` : `${said}\nfailed: ${command}`);
      if (code !== 0) process.exitCode = 1;
      resolve();
    });
  });
}

async function work() {
  for (let command = waiting.shift(); command; command = waiting.shift()) await run(command);
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
