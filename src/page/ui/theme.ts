// Light, dark, or as the browser has it; remembered if the browser allows it.

import { state, type Theme } from "./page-state.ts";
import { forgetPalette } from "./palette.ts";

const KEY = "apmatrix-theme";

export function followTheme(): void {
  state.set({ theme: remembered() });
  const system = matchMedia("(prefers-color-scheme: dark)");
  let last: Theme | undefined;
  const apply = () => {
    const { theme } = state.get();
    if (theme === last) return;
    last = theme;
    document.documentElement.dataset.theme = theme;
    look();
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Files opened from a disk may have no storage.
    }
  };
  const look = () => {
    const { theme } = state.get();
    forgetPalette();
    state.set({ isDark: theme === "dark" || (theme === "auto" && system.matches) });
  };
  apply();
  state.follow(apply);
  system.addEventListener("change", look);
}

function remembered(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}
