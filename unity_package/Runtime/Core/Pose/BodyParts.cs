using System;

namespace AvatarBridge
{
    /// <summary>Parts of the body that can be driven, weighted and smoothed on their own.</summary>
    [Flags]
    public enum BodyParts
    {
        None = 0,
        Hips = 1 << 0,
        Spine = 1 << 1,
        Head = 1 << 2,
        Eyes = 1 << 3,
        Jaw = 1 << 4,
        LeftArm = 1 << 5,
        RightArm = 1 << 6,
        LeftFingers = 1 << 7,
        RightFingers = 1 << 8,
        LeftLeg = 1 << 9,
        RightLeg = 1 << 10,
        Arms = LeftArm | RightArm,
        Fingers = LeftFingers | RightFingers,
        Legs = LeftLeg | RightLeg,
        UpperBody = Spine | Head | Eyes | Jaw | Arms | Fingers,
        All = Hips | UpperBody | Legs,
    }
}
