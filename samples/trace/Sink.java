// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.IOException;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/** Takes what the tracer sees, in its order. */
interface Sink {
    /** A call that the filter lets through begins. */
    void enter(Call c) throws IOException;

    /** It ends. */
    void exit(Call c, Object result) throws IOException;

    /** The CPU has gone to another task, or to the idle task. */
    default void switched(Context to) throws IOException {}

    /** Packet {@code number} of the run passes a device, inside the innermost call of its context; null: outside of all. */
    default void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes, int length, Call inside) throws IOException {}

    /** Nothing more will come. */
    default void end() throws IOException {}
}
