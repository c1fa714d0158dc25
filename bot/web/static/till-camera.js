// Scanning with the camera, where the browser itself can read codes (BarcodeDetector); else the button stays hidden.

const LOOK_EVERY = 200; // milliseconds

export async function offerCamera(box, found) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const known = await BarcodeDetector.getSupportedFormats();
  if (!known.includes("qr_code")) return;
  const button = box.querySelector("button"), view = box.querySelector("video"), words = box.querySelector("p");
  const detector = new BarcodeDetector({ formats: known });
  let stream = null;

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    view.hidden = true;
    button.textContent = "Scan with the camera";
  }

  async function look() {
    if (!stream || !box.isConnected) return stop();
    const codes = view.readyState < 2 ? [] : await detector.detect(view).catch(() => []);
    if (stream && codes.length) {
      stop();
      return found(codeIn(codes[0].rawValue));
    }
    setTimeout(look, LOOK_EVERY);
  }

  button.addEventListener("click", async () => {
    if (stream) return stop();
    words.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      words.textContent = "The camera cannot be used: allow it in the browser’s settings, or type the code.";
      return;
    }
    view.srcObject = stream;
    view.hidden = false;
    button.textContent = "Stop the camera";
    await view.play().catch(() => {});
    look();
  });
  box.hidden = false;
}

// A printed code may be a link that carries it.
function codeIn(text) {
  try { return new URL(text).searchParams.get("code") ?? text; } catch { return text; }
}
