// SPDX-License-Identifier: GPL-2.0-only
package net.ip_fib;

import java.util.ArrayList;
import java.util.List;

/** A routing table: prefixes, the longest first. See {@code fib_trie.FibTable}. */
public final class fib_table {
    /** {@code RT_TABLE_*}. */
    public final int tb_id;

    /** Which of several default routes is in use; -1: none in particular. */
    public int tb_default = -1;

    /** How many default routes there are. */
    public int tb_num_default;

    /** In C a trie in {@code tb_data}. */
    public final List<leaf_info> leaves = new ArrayList<>();

    public fib_table(int id) {
        tb_id = id;
    }
}
