// SPDX-License-Identifier: GPL-2.0-only
// An echo server on one NIO selector, and clients in threads of their own that compare every byte of the replies.
// Arguments: number of clients, messages per client.
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

public class EchoBySelector {
    private static final AtomicLong right = new AtomicLong();
    private static final AtomicLong wrong = new AtomicLong();

    public static void main(String[] arguments) throws Exception {
        int clients = Integer.parseInt(arguments[0]);
        int messages = Integer.parseInt(arguments[1]);
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();

        Selector selector = Selector.open();
        Thread server = new Thread(() -> serve(selector, listener));
        server.start();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; ++i) {
            Random random = new Random(i);
            threads.add(new Thread(() -> ask(port, messages, random)));
        }
        for (Thread thread : threads)
            thread.start();
        for (Thread thread : threads)
            thread.join();
        server.interrupt(); // wakes the selector through an eventfd
        server.join();
        System.out.println("messages=" + right + " wrong=" + wrong);
    }

    private static void serve(Selector selector, ServerSocketChannel listener) {
        try {
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            while (!Thread.interrupted()) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys())
                    if (key.isAcceptable())
                        accept(selector, listener);
                    else
                        echo(key);
                selector.selectedKeys().clear();
            }
        } catch (IOException error) {
            wrong.incrementAndGet();
        }
    }

    private static void accept(Selector selector, ServerSocketChannel listener) throws IOException {
        SocketChannel channel = listener.accept();
        if (channel == null)
            return;
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(4096));
    }

    // Echoes what it can, and registers for writing only while something is left to write.
    private static void echo(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        if (key.isReadable() && channel.read(buffer) < 0) {
            channel.close();
            return;
        }
        buffer.flip();
        channel.write(buffer);
        buffer.compact();
        key.interestOps(buffer.position() > 0 ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private static void ask(int port, int messages, Random random) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            DataInputStream answers = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < messages; ++i) {
                byte[] message = new byte[1 + random.nextInt(3000)];
                random.nextBytes(message);
                socket.getOutputStream().write(message);
                byte[] answer = new byte[message.length];
                answers.readFully(answer);
                (Arrays.equals(message, answer) ? right : wrong).incrementAndGet();
            }
        } catch (IOException error) {
            wrong.incrementAndGet();
        }
    }
}
