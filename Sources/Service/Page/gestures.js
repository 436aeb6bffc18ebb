// Moving through time on a chart: by finger, by mouse, by wheel and by keys.

/** How far a pointer goes before it is a drag and no tap, in pixels. */
const slop = 8;

/**
 * Has an element answer to gestures. `where(x)` answers the share of the window at an x of the screen; `pan(share)` and
 * `zoom(factor, share)` are told what is wanted, `home()` that now is.
 */
export function gestures(element, { where, pan, zoom, home }) {
  const pointers = new Map();
  let dragged = false;

  const shareBetween = (one, other) => where(one) - where(other);

  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, first: event.clientX });
    if (pointers.size === 1) dragged = false;
  });

  element.addEventListener("pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    // Let go outside of the page, where nobody said so.
    if (event.pointerType === "mouse" && event.buttons === 0) return end(event);
    if (!dragged && pointers.size === 1 && Math.abs(event.clientX - pointer.first) < slop) return;
    if (!dragged) {
      dragged = true;
      element.classList.add("is-dragged");
      element.setPointerCapture(event.pointerId);
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const [before, after] = [Math.abs(pointer.x - other.x), Math.abs(event.clientX - other.x)];
      if (before > 20 && after > 20) zoom(before / after, where((event.clientX + other.x) / 2));
    } else pan(-shareBetween(event.clientX, pointer.x));
    pointer.x = event.clientX;
  });

  function end(event) {
    pointers.delete(event.pointerId);
    if (pointers.size > 0) return;
    element.classList.remove("is-dragged");
    setTimeout(() => { dragged = false; }, 50);
  }
  for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, end);

  // The end of a drag is no tap on what lies beneath it: its click comes at once.
  element.addEventListener("click", (event) => {
    if (!dragged) return;
    dragged = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  element.addEventListener("dragstart", (event) => event.preventDefault());

  element.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 60) / 200), where(event.clientX));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan((event.deltaX || event.deltaY) / 1_000);
    else return;
    event.preventDefault();
  }, { passive: false });

  const keys = {
    ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), PageUp: () => pan(-1), PageDown: () => pan(1),
    "+": () => zoom(0.5, 0.5), "=": () => zoom(0.5, 0.5), "-": () => zoom(2, 0.5), Home: home,
  };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target.matches("input, select, textarea")) return;
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (act === null) return;
    event.preventDefault();
    act();
  });
}
