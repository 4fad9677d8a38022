// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import java.util.ArrayList;
import java.util.List;

/** The connections of a test, to be freed when it ends. */
final class Receivers {
    private final List<Receiver> all = new ArrayList<>();

    Receiver receiver() {
        return receiver(999);
    }

    Receiver receiver(int irs) {
        Receiver r = new Receiver(irs);
        all.add(r);
        return r;
    }

    void free() {
        all.forEach(Receiver::free);
    }
}
