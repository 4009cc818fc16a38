/** The page that the server sends. */

import "./theme.css";
import { followAddress } from "./address";
import { beginSession, connectBy } from "./api";
import { byCarried, readCarried } from "./export/carried";
import { mount } from "./mount";

const page = document.getElementById("page") as HTMLElement;
const carried = readCarried();
if (carried) connectBy(byCarried(carried));
(carried ? Promise.resolve() : beginSession())
  .catch(() => undefined)
  .finally(() => {
    followAddress(carried?.address);
    mount(page);
  });
