// Puts the key of a key link into the form, and takes it out of the address, so that it stays in no history.
const form = document.querySelector("form[data-key-link]");
const key = decodeURIComponent(location.hash.slice(1));
if (form && key.startsWith("heard_")) {
  form.elements.key.value = key;
  form.querySelector("[data-filled]").hidden = false;
  form.querySelector("[data-empty]").hidden = true;
  history.replaceState(null, "", location.pathname);
  form.querySelector("button").focus();
}
