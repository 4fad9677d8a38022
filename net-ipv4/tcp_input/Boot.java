// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import linux.init.Initcall;

/** The static variables of the file. The sysctls that it defines are declared in {@code tcp.h} and live in net.tcp. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Ack.challenge_timestamp = 0;
        Ack.challenge_count = 0;
    }
}
