namespace AvatarBridge
{
    /// <summary>What happened to the stream since it was opened; only ever counts up.</summary>
    internal struct StreamCounters
    {
        public long Datagrams, Bytes, Messages;
        /// <summary>Datagrams that are not OSC, wholly or from some point on.</summary>
        public long Malformed;
        /// <summary>VMC messages with wrong, missing or impossible arguments.</summary>
        public long Rejected;
        /// <summary>Messages to addresses that mean nothing here.</summary>
        public long Ignored;
        public long Frames;
        /// <summary>Frames that lack bones their neighbours have.</summary>
        public long Partial;
        public long Lost;
        /// <summary>Frames and parts that came out of order.</summary>
        public long Late;
        public long Restarts;
    }
}
