// The service worker: opens the board without a network, from what it last had. Numbers never come from here as new:
// the API goes straight to the server, and the last frame is kept by the page, which marks it old (assets/offline.js).
"use strict";

const RELEASE = "{release}";
const SHELL = {shell};
const PREFIX = "shell-";
const CACHE = PREFIX + RELEASE;
const KEPT = 2; // a page of the release before may still be open, and ask for a part it has not loaded yet
const PATIENCE_MS = 5_000;
const DOCUMENT = "/";
// What callbacks answer without any number in it: pages, names, rules; and the lines of the past.
const LASTING = ["_pages_content.children", "registry.data", "history.data"];

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const answer = answered(event);
  if (answer) event.respondWith(answer);
});
self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep));
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL);
  await self.skipWaiting();
}

async function activate() {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(shells.slice(0, Math.max(0, shells.length - KEPT + 1)).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// Keep what the page had loaded before there was a worker.
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const missing = await Promise.all(addresses.map(async (address) => ((await caches.match(address)) ? null : address)));
  await Promise.allSettled(missing.filter((address) => address && lasts(new URL(address, location))).map((address) => cache.add(address)));
}

// Files whose address changes with them.
const lasts = (url) =>
  url.origin === location.origin &&
  ((url.pathname.startsWith("/assets/") && url.searchParams.has("m")) ||
    (url.pathname.startsWith("/_dash-component-suites/") && /\.v[\d_]+m\d+\./.test(url.pathname)));

const isPart = (url) => SHELL.includes(url.pathname) && url.pathname !== DOCUMENT;

function answered({ request }) {
  const url = new URL(request.url);
  if (url.origin !== location.origin) return null;
  if (request.method === "POST") return url.pathname === "/_dash-update-component" ? callback(request) : null;
  if (request.method !== "GET" || /^\/(api|xuat|docs|metrics|healthz|readyz|openapi)\b/.test(url.pathname)) return null;
  if (request.mode === "navigate") return page(request);
  if (lasts(url)) return file(request);
  if (isPart(url)) return part(request);
  return /^\/_dash-(layout|dependencies)$/.test(url.pathname) ? newest(request, url.pathname) : null;
}

// A page is asked of the server; where there is none, the one document of all pages comes from here.
const page = (request) => newest(request, DOCUMENT, PATIENCE_MS);

async function newest(request, key, patience) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request, patience ? { signal: AbortSignal.timeout(patience) } : {});
    if (answer.ok && !answer.redirected) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    return (await cache.match(key)) ?? Response.error();
  }
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function part(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  return kept ?? fetch(request);
}

async function callback(request) {
  const asked = await request.clone().json().catch(() => null);
  const key = asked && lasting(asked);
  if (!key) return fetch(request);
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    return (await cache.match(key)) ?? Response.error();
  }
}

// The name that a lasting answer is kept under: what is asked for, of which page, in which language.
function lasting({ output, inputs = [] }) {
  const parts = String(output).split("..").filter(Boolean);
  const name = LASTING.find((one) => parts.some((part) => part.replace(/^\.+|\.+$/g, "").startsWith(one)));
  if (!name) return null;
  const given = Object.fromEntries(inputs.flat().map((input) => [input.property, input.value]));
  const language = new URLSearchParams(typeof given.search === "string" ? given.search : "").get("lang") ?? "";
  return `/offline/${name}?${new URLSearchParams({ path: given.pathname ?? "", language })}`;
}
