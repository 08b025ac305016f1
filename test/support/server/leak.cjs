// @ts-check

/** For `--require`: a program that forgets no request it was sent. */
const { Server } = require("node:http");

/** @type {unknown[]} */
const kept = [];
// oxlint-disable-next-line typescript/unbound-method -- bound again at each call
const { emit } = Server.prototype;

/**
 * @this {import("node:http").Server}
 * @param {string} event
 * @param {any[]} values
 */
Server.prototype.emit = function (event, ...values) {
  if (event === "request") kept.push(values[0]);
  return Reflect.apply(emit, this, [event, ...values]);
};
