// SPDX-License-Identifier: Apache-2.0
// npm's @grpc/grpc-js, server and client: node_grpc.js grpc-server [CERT KEY] | grpc-client URL COUNT [CA] (see README.md).
'use strict';
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');

const bytes = (value) => value;
const kind = (name, requestStream, responseStream) => ({
  path: `/numbers.Numbers/${name}`, requestStream, responseStream,
  requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
});
const service = {
  Unary: kind('Unary', false, false),
  Upload: kind('Upload', true, false),
  Download: kind('Download', false, true),
  Chat: kind('Chat', true, true),
  Fail: kind('Fail', false, false),
  FailLate: kind('FailLate', false, true),
  Cancel: kind('Cancel', false, true),
  Never: kind('Never', false, false),
};
const missing = kind('Missing', false, false);

function serve(cert, key) {
  const server = new grpc.Server();
  const begin = (name) => ({ method: `numbers.Numbers/${name}`, received: [], sent: [], status: 0 });
  const say = (entry) => console.log(JSON.stringify(entry));
  const send = (entry, size) => { entry.sent.push(size); return Buffer.alloc(size); };
  server.addService(service, {
    Unary: (call, done) => {
      const entry = begin('Unary');
      entry.received.push(call.request.length);
      done(null, send(entry, call.request.length * 2));
      say(entry);
    },
    Upload: (call, done) => {
      const entry = begin('Upload');
      call.on('data', (message) => entry.received.push(message.length));
      call.on('end', () => { done(null, send(entry, entry.received.reduce((a, b) => a + b, 0))); say(entry); });
    },
    Download: (call) => {
      const entry = begin('Download');
      entry.received.push(call.request.length);
      for (let i = 0; i < call.request.length % 7; i++) call.write(send(entry, call.request.length + i * 100));
      call.end();
      say(entry);
    },
    Chat: (call) => {
      const entry = begin('Chat');
      call.on('data', (message) => { entry.received.push(message.length); call.write(send(entry, message.length + 1)); });
      call.on('end', () => { call.end(); say(entry); });
    },
    Fail: (call, done) => {
      const entry = { ...begin('Fail'), status: grpc.status.NOT_FOUND };
      entry.received.push(call.request.length);
      done({ code: grpc.status.NOT_FOUND, details: 'there is no such thing, 100 % sure: \u00e4' });
      say(entry);
    },
    FailLate: (call) => {
      const entry = { ...begin('FailLate'), status: grpc.status.DATA_LOSS };
      entry.received.push(call.request.length);
      call.write(send(entry, 3));
      call.emit('error', { code: grpc.status.DATA_LOSS, details: 'gone' });
      say(entry);
    },
    Cancel: (call) => {
      const entry = { ...begin('Cancel'), status: grpc.status.CANCELLED };
      entry.received.push(call.request.length);
      call.write(send(entry, 5));
      call.on('cancelled', () => say(entry));
    },
    Never: (call) => {
      const entry = { ...begin('Never'), status: grpc.status.DEADLINE_EXCEEDED };
      entry.received.push(call.request.length);
      call.on('cancelled', () => say(entry));
    },
  });
  const credentials = cert
    ? grpc.ServerCredentials.createSsl(null, [{ cert_chain: fs.readFileSync(cert), private_key: fs.readFileSync(key) }])
    : grpc.ServerCredentials.createInsecure();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
    if (error) throw error;
    console.log(`port ${port}`);
  });
}

async function callAll(url, count, ca) {
  const Client = grpc.makeGenericClientConstructor({ ...service, Missing: missing }, 'Numbers');
  const client = new Client(new URL(url).host, ca ? grpc.credentials.createSsl(fs.readFileSync(ca)) : grpc.credentials.createInsecure());
  await new Promise((resolve, reject) => client.waitForReady(Date.now() + 60000, (error) => (error ? reject(error) : resolve())));
  const one = (name, n) => new Promise((resolve) => {
    const entry = { method: `numbers.Numbers/${name}`, sent: [], received: [], status: null };
    const { requestStream, responseStream } = service[name] || missing;
    const send = (size) => { entry.sent.push(size); return Buffer.alloc(size); };
    const options = { deadline: Date.now() + (name === 'Never' ? 500 : 60000) };
    const take = (error, message) => { if (message) entry.received.push(message.length); };
    const call = client[name](...(requestStream ? [] : [send(n)]), new grpc.Metadata(), options, ...(responseStream ? [] : [take]));
    if (responseStream) {
      call.on('data', (message) => {
        entry.received.push(message.length);
        if (name === 'Cancel') call.cancel();
      });
      call.on('error', () => { });
    }
    call.on('status', (status) => { entry.status = status.code; resolve(entry); });
    if (requestStream) {
      for (let i = 0; i < n % 5; i++) call.write(send(i * 1000 + n));
      call.end();
    }
  });
  for (let n = 0; n < count; n += 10) {
    const calls = [];
    for (let i = n; i < n + 10; i++) {
      for (const name of [...Object.keys(service), 'Missing']) if (name !== 'Never' || i % 10 === 0) calls.push(one(name, i));
    }
    for (const entry of await Promise.all(calls)) console.log(JSON.stringify(entry));
  }
  client.close();
}

const [role, ...rest] = process.argv.slice(2);
if (role === 'grpc-server') serve(...rest);
else callAll(rest[0], Number(rest[1]), rest[2]).catch((failure) => { console.error(failure); process.exit(1); });
