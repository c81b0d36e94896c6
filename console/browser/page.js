// The token has done its work: it stays neither in the address bar nor in the history.
history.replaceState(null, "", "/");

// Keys go to the console from the start, without a click; the terminal is made by another handler of this event.
addEventListener("load", () => setTimeout(() => document.querySelector(".xterm-helper-textarea")?.focus()));
