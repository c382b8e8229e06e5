// Shows what comes, and opens the lead when somebody taps on it. It keeps nothing.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { title, body, url, tag } = read(event.data);
  const shown = { body, tag, renotify: Boolean(tag), data: url };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(ours(event.notification.data)));
});

/** What is to be shown; browsers want something to be shown in any case. */
function read(data) {
  try {
    const { title, body, url, tag } = data.json();
    return { title: String(title), body: String(body), url: String(url), tag: String(tag) };
  } catch {
    return { title: "leadwheel", body: "", url: "", tag: "" };
  }
}

/** An address of ours; in place of any other, the list of leads. */
function ours(text) {
  const list = new URL("leads", self.location);
  try {
    const url = new URL(text, list);
    return url.origin === list.origin ? url.href : list.href;
  } catch {
    return list.href;
  }
}
