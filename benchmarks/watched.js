/** What happens in the page and when; browsing.py puts it there before the page's own script. Times are those of performance.now(). */
(() => {
  const paint = CanvasRenderingContext2D.prototype;
  const { clearRect, drawImage } = paint;
  const painted = new Map();
  const viewOf = (canvas) => canvas.closest?.("[data-view]")?.dataset.view ?? "";
  /** Where an answer is painted first. */
  const VIEWS = {
    cube: ["summary"],
    sequence: ["sequence", "what-if"],
    what_if: ["what-if"],
    patterns: ["patterns"],
    pairs: ["pairs"],
    embedding: ["cohorts"],
    sequences: ["cohorts"],
  };
  const LONGEST = 2_000;

  /** Once the frame is through in which the main thread paints next. */
  function afterFrame(then) {
    requestAnimationFrame(() => {
      const framed = performance.now();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => then(performance.now(), framed);
      channel.port2.postMessage(0);
    });
  }

  /** Once one of these views is painted anew, or at the next frame where there are none; NaN where none is. */
  function afterPaint(views, since, then) {
    afterFrame((now) => {
      const done = !views.length || views.some((view) => painted.get(view) >= since);
      if (done || now - since > LONGEST) then(done ? now : NaN);
      else afterPaint(views, since, then);
    });
  }

  const watched = {
    /** Of V2's first cells, since the page was asked for. */
    first: 0,
    /** When what was done last was done. */
    acted: 0,
    moved: null,
    /** Answers: question, when it was asked, when it was here, when it was painted, and its bytes. */
    answers: [],
    /** Of keys, until the frame was on the screen, in steps of 8 ms. */
    shown: [],
    flying: 0,
    last: 0,

    /** Watches the next event of a kind: until all of these views are painted anew, and what the main thread did for it. */
    next(kind, views) {
      watched.moved = new Promise((done) => {
        const began = (event) => {
          const begun = performance.now();
          let handled = Infinity;
          setTimeout(() => (handled = performance.now()));
          const look = (worked) =>
            afterFrame((now, framed) => {
              const all = worked + (worked ? 0 : Math.min(handled, framed) - begun) + now - framed;
              const missing = views.filter((view) => !(painted.get(view) >= begun));
              if (!missing.length) done({ painted: now - event.timeStamp, worked: all });
              else if (now - begun > 3000) done({ missing });
              else look(all);
            });
          look(0);
        };
        addEventListener(kind, began, { capture: true, once: true });
      });
    },

    /** Once the first cells are painted, and nothing has come or gone for so many milliseconds. */
    rest(quiet) {
      const rests = () =>
        watched.first &&
        !watched.flying &&
        performance.now() - watched.last > quiet &&
        watched.answers.every((one) => one.painted !== 0);
      return new Promise((done) => {
        const look = () => (rests() ? done() : setTimeout(look, 20));
        look();
      });
    },

    /** What the network says of the questions that were answered so far. */
    network() {
      return performance
        .getEntriesByType("resource")
        .filter((one) => one.name.includes("/api/") && one.encodedBodySize)
        .map((one) => ({
          question: one.name.split("/api/")[1],
          server: one.responseStart - one.requestStart,
          bytes: one.encodedBodySize,
        }));
    },
  };
  Object.defineProperty(window, "watched", { value: watched });
  performance.setResourceTimingBufferSize(20_000);

  paint.clearRect = function (...box) {
    painted.set(viewOf(this.canvas), performance.now());
    return clearRect.apply(this, box);
  };
  paint.drawImage = function (...image) {
    if (viewOf(this.canvas) === "summary") {
      paint.drawImage = drawImage;
      afterFrame((now) => (watched.first = now));
    }
    return drawImage.apply(this, image);
  };
  for (const kind of ["keydown", "pointerup", "click", "submit"])
    addEventListener(kind, (event) => event.isTrusted && (watched.acted = event.timeStamp), { capture: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.name === "keydown") watched.shown.push(one.duration);
  }).observe({ type: "event", durationThreshold: 16 });

  const { fetch } = window;
  window.fetch = async (address, options) => {
    const question = new URL(address.url ?? address, location.href).pathname.split("/api/")[1];
    if (!question) return fetch(address, options);
    const from = performance.now();
    const [act, body] = [watched.acted, options?.body ? JSON.parse(options.body) : {}];
    watched.flying += 1;
    watched.last = from;
    const ended = () => {
      watched.flying -= 1;
      watched.last = performance.now();
    };
    try {
      const answer = await fetch(address, options);
      for (const read of ["arrayBuffer", "json"]) {
        const own = answer[read].bind(answer);
        answer[read] = async () => {
          try {
            const content = await own();
            const one = {
              question,
              act,
              from,
              to: performance.now(),
              approximate: "approximate" in body,
              painted: 0,
            };
            if (answer.ok) {
              watched.answers.push(one);
              afterPaint(VIEWS[question] ?? [], one.to, (now) => (one.painted = now));
            }
            return content;
          } finally {
            ended();
          }
        };
      }
      return answer;
    } catch (error) {
      ended();
      throw error;
    }
  };
})();
