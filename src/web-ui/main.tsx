// The page begins here.
import { render } from "preact";

render(<h1>apmatrix</h1>, document.getElementById("page") as HTMLElement);
