// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import java.util.function.Consumer;

/** Something in the middle of a path that handles segments: it passes them on, changed or not, several or none. */
@FunctionalInterface
interface Middlebox {
    /** Which way a segment goes, or what it is sent into. */
    interface Wire extends Consumer<Segment> {}

    /**
     * @param s a segment that has come from one side
     * @param toServer goes it to the server?
     * @param on the other side
     * @param back the side where it came from
     */
    void pass(Segment s, boolean toServer, Wire on, Wire back);

    /** Passes everything on. */
    Middlebox TRANSPARENT = (s, toServer, on, back) -> on.accept(s);
}
