// Small pictures on buttons, drawn with the colour of the text.

const PATHS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  back: "M11 3v10L4 8z",
  forward: "M5 3v10l7-5z",
  branch:
    "M4.5 1.8a1.7 1.7 0 0 0-.75 3.2v6a1.7 1.7 0 1 0 1.5 0V9.5c.6.3 1.3.5 2.2.5 2.6 0 3.8-1.3 4-3.5a1.7 1.7 0 1 0-1.5 0c-.2 1.4-.9 2-2.5 2-1.4 0-2.2-.6-2.2-2V5a1.7 1.7 0 0 0-.75-3.2z",
  save: "M7.2 1.5h1.6v6.3l2.3-2.3 1.1 1.1L8 10.8 3.8 6.6l1.1-1.1 2.3 2.3zM2.5 12.5h11V14h-11z",
  link: "M6.6 9.4a.8.8 0 0 1 0-1.1l2.7-2.7a.8.8 0 1 1 1.1 1.1L7.7 9.4a.8.8 0 0 1-1.1 0zM8.5 3.6l1-1a2.9 2.9 0 0 1 4.1 4.1l-1 1-1.1-1.1 1-1a1.3 1.3 0 0 0-1.9-1.9l-1 1zM7.5 12.4l-1 1a2.9 2.9 0 0 1-4.1-4.1l1-1 1.1 1.1-1 1a1.3 1.3 0 0 0 1.9 1.9l1-1z",
  open: "M1.5 3h4.6l1.4 1.6h7V13h-13zM3 6.1v5.4h10V6.1z",
  sun: "M8 4.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM7.3 1h1.4v2.2H7.3zM7.3 12.8h1.4V15H7.3zM1 7.3h2.2v1.4H1zM12.8 7.3H15v1.4h-2.2zM2.6 3.5l1-1 1.5 1.6-1 1zM10.9 11.9l1-1 1.5 1.6-1 1zM10.9 4.1l1.6-1.6 1 1-1.6 1.6zM2.6 12.4l1.5-1.5 1 1-1.5 1.5z",
  moon: "M13.5 10.2A6 6 0 0 1 5.8 2.5a6 6 0 1 0 7.7 7.7z",
  keys: "M1.5 3.5h13v9h-13zM3 5v6h10V5zM4 6h1.2v1.2H4zM6.2 6h1.2v1.2H6.2zM8.6 6h1.2v1.2H8.6zM10.8 6H12v1.2h-1.2zM5 9h6v1.2H5z",
  close: "M3.6 2.5 8 6.9l4.4-4.4 1.1 1.1L9.1 8l4.4 4.4-1.1 1.1L8 9.1l-4.4 4.4-1.1-1.1L6.9 8 2.5 3.6z",
  compare: "M2 2.5h5v11H2zM3.5 4v8h2V4zM9 2.5h5v11H9zM10.5 4v3h2V4z",
  copy: "M5.5 1.5h8v9h-2v-1.4H12V3H7v.9H5.5zM2.5 4.8h8v9.7h-8zM4 6.3V13h5V6.3z",
} as const;

type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" class="icon">
    <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
  </svg>
);

interface IconButtonProps {
  readonly icon: IconName;
  /** Beside the picture, if there is room for it. */
  readonly word?: string;
  /** Its name if there is no word. */
  readonly label?: string;
  /** The key that does the same. */
  readonly byKey?: string;
  /** The label with the key, if left out. */
  readonly title?: string;
  readonly disabled?: boolean;
  /** It is on, for a button that switches. */
  readonly isPressed?: boolean;
  readonly onClick: () => void;
}

/** A button with a picture. */
export const IconButton = ({ icon, word, label, byKey, title, disabled, isPressed, onClick }: IconButtonProps) => (
  <button
    type="button"
    aria-label={label}
    title={title ?? (byKey ? `${label} (${byKey})` : label)}
    disabled={disabled}
    aria-pressed={isPressed}
    onClick={onClick}
  >
    <Icon name={icon} />
    {word !== undefined && (
      <>
        {" "}
        <span class="wide">{word}</span>
      </>
    )}
  </button>
);
