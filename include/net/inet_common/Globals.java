// SPDX-License-Identifier: GPL-2.0-only
package net.inet_common;

import linux.init.Initcall;
import linux.net.proto_ops;

/** What system calls do with sockets of the Internet family; {@code af_inet} fills the tables in. */
public final class Globals implements Initcall {
    public static proto_ops inet_stream_ops;

    @Override
    public void data() {
        inet_stream_ops = new proto_ops();
    }
}
