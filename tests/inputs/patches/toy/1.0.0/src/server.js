#!/usr/bin/env node
import { createServer } from 'http';
import { readFileSync } from 'fs';

const VERSION = '1.0.0';

export class Server {
  constructor() {
    this.version = VERSION;
    this.tools = new Map();
  }

  handle(message) {
    const { id, method, params } = message;
    switch (method) {
      case 'initialize':
        return this.initialize(id, params);
      case 'tools/list':
        return this.list(id);
      default:
        return this.error(id, -32601, 'Method not found');
    }
  }

  initialize(id) {
    return { id, result: { version: this.version } };
  }

  list(id) {
    return { id, result: [...this.tools.keys()] };
  }

  error(id, code, message) {
    return { id, error: { code, message } };
  }

  start() {
    this.notify('started');
    return this;
  }

  notify(what) {
    console.log(JSON.stringify({ method: what }));
  }
}

export function main() {
  return new Server().start();
}
