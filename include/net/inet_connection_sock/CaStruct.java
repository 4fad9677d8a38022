// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

/** A module's private struct that has nothing but numbers in it: its copy is a copy of every field. */
public abstract class CaStruct implements inet_connection_sock.CaPriv, Cloneable {
    @Override
    public final CaStruct copy() {
        try {
            return (CaStruct) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }
}
