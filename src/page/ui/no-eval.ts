// Comes before anything else: a strict content security policy forbids code made at run time, which zod would try as soon as it is asked
// to describe anything.
import { config } from "zod";

config({ jitless: true });
