/** node load.mjs URL COOKIE CONNECTIONS SECONDS: prints requests per second, all answered 200. */
import http from 'node:http';
import process from 'node:process';

const [url, cookie, connections, seconds] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(connections) });
const end = performance.now() + Number(seconds) * 1_000;
let done = 0;

const once = () =>
  new Promise((resolve, reject) => {
    http.get(url, { agent, headers: { cookie } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`));
      answer.on('end', resolve).resume();
    }).on('error', reject);
  });

async function worker() {
  while (performance.now() < end) {
    await once();
    done += 1;
  }
}

const begun = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, worker));
console.log(JSON.stringify({ rate: done / ((performance.now() - begun) / 1_000) }));
agent.destroy();
