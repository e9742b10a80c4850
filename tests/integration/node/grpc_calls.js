// SPDX-License-Identifier: Apache-2.0
// Calls of gRPC of every kind. `server` serves them and says its port; `client PORT COUNT` makes COUNT rounds, many at once,
// and then says of each call, one JSON line each, what it sent and received. Messages are bytes of any kind.
'use strict';
const grpc = require('@grpc/grpc-js');

const bytes = value => value;
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
  Never: kind('Never', false, false),
};

function serve() {
  const server = new grpc.Server();
  server.addService(service, {
    Unary: (call, done) => done(null, Buffer.alloc(call.request.length * 2)),
    Upload: (call, done) => {
      let sum = 0;
      call.on('data', message => { sum += message.length; });
      call.on('end', () => done(null, Buffer.alloc(sum)));
    },
    Download: call => {
      for (let i = 0; i < call.request.length; i++) {
        call.write(Buffer.alloc(i * 100));
      }
      call.end();
    },
    Chat: call => {
      call.on('data', message => call.write(Buffer.alloc(message.length + 1)));
      call.on('end', () => call.end());
    },
    Fail: (call, done) => done({ code: grpc.status.NOT_FOUND, details: 'there is no such thing, 100 % sure: \u00e4' }),
    FailLate: call => {
      call.write(Buffer.alloc(3));
      call.emit('error', { code: grpc.status.DATA_LOSS, details: 'gone' });
    },
    Never: () => { },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      throw error;
    }
    console.log(`port ${port}`);
  });
}

async function callAll(port, count) {
  const Client = grpc.makeGenericClientConstructor(service, 'Numbers');
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  await new Promise((resolve, reject) => client.waitForReady(Date.now() + 60000, error => error ? reject(error) : resolve()));
  const journal = [];
  const one = (name, n) => new Promise(resolve => {
    const entry = { method: `numbers.Numbers/${name}`, sent: [], received: [], status: null };
    journal.push(entry);
    const send = size => { entry.sent.push(size); return Buffer.alloc(size); };
    const options = { deadline: Date.now() + (name === 'Never' ? 50 : 60000) };
    let call;
    if (!service[name].requestStream && !service[name].responseStream) {
      call = client[name](send(n % 50), new grpc.Metadata(), options, (error, message) => {
        if (message) {
          entry.received.push(message.length);
        }
      });
    } else if (!service[name].responseStream) {
      call = client[name](new grpc.Metadata(), options, (error, message) => {
        if (message) {
          entry.received.push(message.length);
        }
      });
    } else {
      call = service[name].requestStream
        ? client[name](new grpc.Metadata(), options)
        : client[name](send(n % 7), new grpc.Metadata(), options);
      call.on('data', message => entry.received.push(message.length));
      call.on('error', () => { });
    }
    call.on('status', status => { entry.status = status.code; resolve(); });
    if (service[name].requestStream) {
      for (let i = 0; i < n % 5; i++) {
        call.write(send(i * 1000 + n));
      }
      call.end();
    }
  });
  const names = Object.keys(service);
  for (let n = 0; n < count; n += 10) {
    const calls = [];
    for (let i = n; i < n + 10; i++) {
      for (const name of names) {
        if (name !== 'Never' || i % 10 === 0) {
          calls.push(one(name, i));
        }
      }
    }
    await Promise.all(calls);
  }
  client.close();
  for (const entry of journal) {
    console.log(JSON.stringify(entry));
  }
}

if (process.argv[2] === 'server') {
  serve();
} else {
  callAll(process.argv[3], Number(process.argv[4]));
}
