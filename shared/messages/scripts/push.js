// Lets this browser ring for new leads. The page works without: it says then that it cannot.
"use strict";

const form = document.getElementById("ring");
const states = ["ring", "cannot", "denied", "failed"];

/** Shows one of the states, or, of a browser that rings, none. */
function show(state) {
  for (const one of states) document.getElementById(one).hidden = one !== state;
}

/** The worker that shows what comes, and the address that messages come to, if there is one. */
async function standing() {
  await navigator.serviceWorker.register("worker.js");
  const worker = await navigator.serviceWorker.ready;
  return [worker.pushManager, await worker.pushManager.getSubscription()];
}

async function begin() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  if (Notification.permission === "denied") return show("denied");
  const [, subscription] = await standing();
  show(subscription && form.dataset.rings ? "" : "ring");
}

async function ring() {
  if ((await Notification.requestPermission()) !== "granted") return show("denied");
  const [manager, before] = await standing();
  // Always a new address: the one before may be somebody else's, or go by an older key.
  if (before) await before.unsubscribe();
  const made = await manager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: form.dataset.key,
  });
  const { endpoint, keys } = made.toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys })) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  form.submit();
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ring().catch(() => show("failed"));
  });
  begin().catch(() => show("failed"));
}
