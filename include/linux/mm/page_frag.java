// SPDX-License-Identifier: GPL-2.0-only
package linux.mm;

/** A page that is being handed out piece by piece. */
public final class page_frag {
    public page page;

    /** The first byte that is still free. */
    public int offset;

    /** Of the page, in bytes. */
    public int size;
}
