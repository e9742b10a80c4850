// SPDX-License-Identifier: Apache-2.0
// Calls of gRPC whose messages are protobuf. `server` serves them and says its port; `client PORT COUNT` makes COUNT streaming
// calls and says of each, one JSON line each, what both sides sent; `descriptors FILE` writes the descriptor set of the messages.
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const protobuf = require('protobufjs');
const descriptor = require('protobufjs/ext/descriptor');

const root = protobuf.parse(`
  syntax = "proto3";
  package shop;
  message Order {
    enum State { NEW = 0; PAID = 1; }
    message Item { double price = 1; sint32 change = 2; }
    int32 id = 1;
    string label = 2;
    Item item = 3;
    State state = 4;
    repeated uint32 numbers = 5;
    bytes raw = 6;
  }
  service Orders { rpc Watch(stream Order) returns (stream Order); }`).root.resolveAll();
const Order = root.lookupType('shop.Order');
const encode = order => Buffer.from(Order.encode(Order.create(order)).finish());
const service = {
  Watch: {
    path: '/shop.Orders/Watch', requestStream: true, responseStream: true,
    requestSerialize: encode, requestDeserialize: bytes => Order.decode(bytes), responseSerialize: encode, responseDeserialize: bytes => Order.decode(bytes),
  },
};

function serve() {
  const server = new grpc.Server();
  server.addService(service, {
    Watch: call => {
      call.on('data', order => call.write({ ...order, id: -order.id, state: 1 }));
      call.on('end', () => call.end());
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      throw error;
    }
    console.log(`port ${port}`);
  });
}

async function callAll(port, count) {
  const Client = grpc.makeGenericClientConstructor(service, 'Orders');
  for (const coding of [0, 2]) { // identity, gzip
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { 'grpc.default_compression_algorithm': coding });
    for (let n = 0; n < count; n++) {
      const sent = [1, 2, 3].map(i => ({ id: 100 * n + i, label: `order "${i}" of ${n}`, item: { price: i + 0.5, change: -i }, numbers: [1, n, 300], raw: Buffer.from([0, n]) }));
      const received = [];
      await new Promise((resolve, reject) => {
        const call = client.Watch();
        call.on('data', order => received.push(order.id));
        call.on('error', reject);
        call.on('end', resolve);
        sent.forEach(order => call.write(order));
        call.end();
      });
      console.log(JSON.stringify({ sent, received, compressed: coding === 2 }));
    }
    client.close();
  }
}

switch (process.argv[2]) {
  case 'server':
    serve();
    break;
  case 'descriptors':
    fs.writeFileSync(process.argv[3], descriptor.FileDescriptorSet.encode(root.toDescriptor('proto3')).finish());
    break;
  default:
    callAll(process.argv[3], Number(process.argv[4]));
}
