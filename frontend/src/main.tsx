/** The page that the server sends. */

import "./theme.css";
import { beginSession } from "./api";
import { mount } from "./mount";
import { followAddress } from "./state";

const page = document.getElementById("page") as HTMLElement;
beginSession()
  .catch(() => undefined)
  .finally(() => {
    followAddress();
    mount(page);
  });
