// SPDX-License-Identifier: Apache-2.0
// WebSocket conversations of every kind, with npm's ws on both ends. `server` serves them and says its port; `client PORT COUNT`
// has COUNT conversations of each kind, several at once, and then says of each, one JSON line each, what both ends sent: the
// server tells its part over the connection, before it closes.
'use strict';
const { WebSocket, WebSocketServer } = require('ws');

const deflate = {
  plain: false,
  takeover: { threshold: 0 },
  forgets: { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true },
  small: { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 10 },
};

function serve() {
  const servers = Object.fromEntries(Object.entries(deflate).map(
    ([kind, options]) => [kind, new WebSocketServer({ noServer: true, perMessageDeflate: options })]));
  const http = require('http').createServer();
  http.on('upgrade', (request, socket, head) => {
    const kind = new URL(request.url, 'http://localhost').pathname.split('/')[1];
    servers[kind].handleUpgrade(request, socket, head, ws => {
      ws.on('message', (data, isBinary) => {
        if (isBinary) {
          ws.send(data.subarray(0, Math.floor(data.length / 2)), { binary: true });
        } else if (data.toString() === 'close') {
          ws.close(4001, 'as you wish');
        } else if (data.toString() === 'die') {
          ws.terminate();
        } else {
          ws.send(`echo ${data}`);
        }
      });
      ws.on('error', () => { });
    });
  });
  http.listen(0, '127.0.0.1', () => console.log(`port ${http.address().port}`));
}

function talk(port, kind, n) {
  const end = ['client', 'server', 'die'][n % 3];
  const entry = { uri: `/${kind}?n=${n}`, end, sent: [], received: [], pings: 1, code: null, reason: null };
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${entry.uri}`, { perMessageDeflate: deflate[kind] });
    const send = (data, text) => {
      entry.sent.push({ type: text === null ? 'binary' : 'text', bytes: Buffer.byteLength(data), text });
      ws.send(data);
    };
    const expected = 6 + (n % 10 === 0 ? 1 : 0);
    ws.on('error', reject);
    ws.on('open', () => {
      for (let i = 0; i < 3; i++) {
        const text = `${kind} ${n} message ${i} ${'grüße '.repeat(n * 7 % 40)}`;
        send(text, text);
      }
      ws.ping('are you there');
      send(Buffer.alloc(1000 + n, n % 251), null);
      const parts = [`part one of ${n} `, '', 'part three'];
      entry.sent.push({ type: 'text', bytes: Buffer.byteLength(parts.join('')), text: parts.join('') });
      parts.forEach((part, i) => ws.send(part, { fin: i === parts.length - 1, binary: false }));
      send('', '');
      if (n % 10 === 0) {
        const large = Buffer.alloc(10 * 1024 * 1024);
        for (let i = 0; i < large.length; i += 9973) {
          large[i] = i % 256;
        }
        send(large, null);
      }
    });
    ws.on('message', (data, isBinary) => {
      entry.received.push({ type: isBinary ? 'binary' : 'text', bytes: data.length, text: isBinary ? null : data.toString() });
      if (entry.received.length === expected) {
        if (end === 'client') {
          ws.close(1000, `done ${n}`);
          entry.code = 1000;
          entry.reason = `done ${n}`;
        } else {
          const word = end === 'die' ? 'die' : 'close';
          send(word, word);
        }
      }
    });
    ws.on('close', (code, reason) => {
      if (end === 'server') {
        entry.code = code;
        entry.reason = reason.toString();
      }
      console.log(JSON.stringify(entry));
      resolve();
    });
  });
}

async function talkAll(port, count) {
  for (let n = 0; n < count; n++) {
    await Promise.all(Object.keys(deflate).map(kind => talk(port, kind, n)));
  }
}

if (process.argv[2] === 'server') {
  serve();
} else {
  talkAll(process.argv[3], Number(process.argv[4]));
}
