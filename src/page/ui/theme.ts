// Light, dark, or as the browser has it; remembered if the browser allows it.
import { state, type Theme } from "./page-state.ts";

const KEY = "apmatrix-theme";

export function followTheme(): void {
  state.set({ theme: remembered() });
  const apply = () => {
    const { theme } = state.get();
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Files opened from a disk may have no storage.
    }
  };
  apply();
  let last = state.get().theme;
  state.follow(() => {
    if (state.get().theme === last) return;
    last = state.get().theme;
    apply();
  });
}

function remembered(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}
