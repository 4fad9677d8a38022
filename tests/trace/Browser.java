// SPDX-License-Identifier: GPL-2.0-only
package trace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A headless Chromium, driven over its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome", "google-chrome-stable", "chrome");

    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private int last;

    /** Pages that failed, or asked for something beyond the file. */
    final BlockingQueue<String> complaints = new LinkedBlockingQueue<>();

    /** The program: what the environment's CHROME says, or one in the PATH; null if there is none. */
    static String find() {
        String named = System.getenv("CHROME");
        if (named != null && Files.isExecutable(Path.of(named))) {
            return named;
        }
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            for (String n : NAMES) {
                if (Files.isExecutable(Path.of(folder, n))) {
                    return Path.of(folder, n).toString();
                }
            }
        }
        return null;
    }

    Browser(String program, Path profile) throws IOException, InterruptedException {
        process = new ProcessBuilder(program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--window-size=1400,900",
                "--user-data-dir=" + profile, "about:blank").redirectErrorStream(true).start();
        BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String address = null;
        for (String l; address == null && (l = out.readLine()) != null; ) {
            Matcher m = Pattern.compile("DevTools listening on ws://([^/]+)/").matcher(l);
            address = m.find() ? m.group(1) : null;
        }
        if (address == null) {
            throw new IOException(program + " does not start");
        }
        Thread drain = new Thread(() -> {
            try {
                while (out.readLine() != null) {
                    // what it says is of no interest
                }
            } catch (IOException e) {
                // it has ended
            }
        });
        drain.setDaemon(true);
        drain.start();
        HttpClient http = HttpClient.newHttpClient();
        String pages = http.send(HttpRequest.newBuilder(URI.create("http://" + address + "/json/list")).build(), HttpResponse.BodyHandlers.ofString()).body();
        Matcher m = Pattern.compile("\"webSocketDebuggerUrl\": \"(ws://[^\"]*/page/[^\"]*)\"").matcher(pages);
        if (!m.find()) {
            throw new IOException("no page: " + pages);
        }
        socket = http.newWebSocketBuilder().buildAsync(URI.create(m.group(1)), new WebSocket.Listener() {
            private final StringBuilder message = new StringBuilder();

            @Override
            public CompletionStage<?> onText(WebSocket w, CharSequence data, boolean end) {
                message.append(data);
                if (end) {
                    String text = message.toString();
                    message.setLength(0);
                    if (text.contains("\"Runtime.exceptionThrown\"") || text.contains("\"Network.requestWillBeSent\"") && !text.contains("\"url\":\"file:")) {
                        complaints.add(text);
                    }
                    messages.add(text);
                }
                w.request(1);
                return null;
            }
        }).join();
        call("Runtime.enable", "");
        call("Network.enable", "");
        call("Page.enable", "");
        call("Performance.enable", "\"timeDomain\":\"threadTicks\"");
    }

    /** Calls a method of the protocol. */
    private String call(String method, String params) throws InterruptedException {
        int id = ++last;
        socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + params + "}}", true).join();
        for (String m; (m = messages.poll(30, TimeUnit.SECONDS)) != null; ) {
            if (m.startsWith("{\"id\":" + id + ",")) {
                return m;
            }
        }
        throw new IllegalStateException(method + ": no answer");
    }

    /** Opens a file and waits until it is there. */
    void open(Path file) throws InterruptedException {
        call("Page.navigate", "\"url\":\"" + file.toUri() + "\"");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!text("document.readyState + location.protocol").equals("completefile:") && System.nanoTime() < end) {
            Thread.sleep(20);
        }
    }

    /** What an expression is, as text. */
    String text(String expression) throws InterruptedException {
        String answer = call("Runtime.evaluate", "\"returnByValue\":true,\"expression\":" + JsonTrace.quote("String(" + expression + ")"));
        Matcher m = Pattern.compile("\"type\":\"string\",\"value\":\"((?:[^\"\\\\]++|\\\\.)*+)\"").matcher(answer);
        if (!m.find()) {
            throw new IllegalStateException(expression + ": " + answer);
        }
        String plain = Pattern.compile("\\\\u(\\p{XDigit}{4})").matcher(m.group(1)).replaceAll(u -> String.valueOf((char) Integer.parseInt(u.group(1), 16)));
        return plain.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
    }

    /** Seconds of computing that the page has taken, however busy the computer is. */
    double work() throws InterruptedException {
        String answer = call("Performance.getMetrics", "");
        Matcher m = Pattern.compile("\"name\":\"TaskDuration\",\"value\":([0-9.eE-]+)").matcher(answer);
        if (!m.find()) {
            throw new IllegalStateException(answer);
        }
        return Double.parseDouble(m.group(1));
    }

    int number(String expression) throws InterruptedException {
        return Integer.parseInt(text("Math.round(" + expression + ")"));
    }

    /** Presses a key: a letter, or a name such as ArrowDown. */
    void press(String key) throws InterruptedException {
        String code = switch (key) {
            case "Enter" -> ",\"windowsVirtualKeyCode\":13,\"text\":\"\\r\"";
            case "Escape" -> ",\"windowsVirtualKeyCode\":27";
            case "ArrowDown" -> ",\"windowsVirtualKeyCode\":40";
            case "ArrowLeft" -> ",\"windowsVirtualKeyCode\":37";
            case "ArrowRight" -> ",\"windowsVirtualKeyCode\":39";
            default -> key.length() == 1 ? ",\"text\":\"" + key + "\"" : "";
        };
        call("Input.dispatchKeyEvent", "\"type\":\"keyDown\",\"key\":\"" + key + "\"" + code);
        call("Input.dispatchKeyEvent", "\"type\":\"keyUp\",\"key\":\"" + key + "\"");
    }

    void type(String text) throws InterruptedException {
        for (char c : text.toCharArray()) {
            press(String.valueOf(c));
        }
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
