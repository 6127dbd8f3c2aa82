#!/usr/bin/env node
import { createServer } from 'http';
import { readFileSync } from 'fs';
import path from 'path';
import os from 'os';

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
        return this.initialize(id, params ?? {});
      case 'health':
        return { id, result: 'ok' };
      case 'tools/call':
        return this.call(id, params);
      case 'tools/list':
        return this.list(id);
      default:
        return this.error(id, -32601, 'Method not found');
    }
  }

  initialize(id, params) {
    return { id, result: { version: this.version } };
  }

  call(id, params) {
    return { id, result: this.tools.get(params.name)?.(params) };
  }

  list(id) {
    return { id, result: [...this.tools.keys()] };
  }

  error(id, code, message) {
    return { id, error: { code, message } };
  }

  start() {
    return this;
  }

  notify(what) {
    console.log(JSON.stringify({ method: what }));
  }
}

export function main() {
  return new Server().start();
}
