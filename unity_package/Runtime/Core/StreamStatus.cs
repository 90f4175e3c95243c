namespace AvatarBridge
{
    /// <summary>Where the connection stands.</summary>
    public enum LinkState
    {
        /// <summary>Not listening: switched off, or the port could not be opened.</summary>
        Closed,
        /// <summary>Listening, and nothing has come yet.</summary>
        Waiting,
        /// <summary>Frames are coming.</summary>
        Live,
        /// <summary>Frames came and have stopped.</summary>
        Lost,
    }

    /// <summary>A reading of the stream for inspectors and overlays; times in seconds.</summary>
    public struct StreamStatus
    {
        public LinkState Link;
        public float FramesPerSecond;
        /// <summary>Late by how much at most, for 97 of 100 frames.</summary>
        public float Jitter;
        /// <summary>What the jitter buffer adds.</summary>
        public float BufferDelay;
        /// <summary>Capture to sending as the daemon reports it; 0 when it does not.</summary>
        public float SenderLatency;
        /// <summary>The share of bone data that was lost lately, 0 to 1.</summary>
        public float Loss;
        public float SecondsSinceFrame;
        /// <summary>False when the sender says that it does not see the performer.</summary>
        public bool Tracking;
        public bool Calibrated;
        public long Datagrams, Bytes, Frames, LostFrames, PartialFrames, LateFrames, Malformed, Rejected, Restarts;

        /// <summary>From the camera to the pose shown, without the network's own share.</summary>
        public float Latency => SenderLatency + BufferDelay;
    }
}
