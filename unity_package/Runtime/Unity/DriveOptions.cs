using System;
using UnityEngine;

namespace AvatarBridge
{
    /// <summary>What becomes of an avatar's animation where tracking drives the same bone.</summary>
    public enum DriveMode
    {
        /// <summary>Tracking replaces it.</summary>
        Override,
        /// <summary>Tracking is added on top of it.</summary>
        Additive,
    }

    /// <summary>When bones are written.</summary>
    public enum DriveTime
    {
        /// <summary>After the Animator: works with and without a controller.</summary>
        LateUpdate,
        /// <summary>Before the Animator, for rigs that post-process in the Animator itself.</summary>
        Update,
    }

    /// <summary>How the performer's movement reaches the hips.</summary>
    public enum HipsMotion
    {
        Full,
        /// <summary>Crouching and jumping, but staying in place.</summary>
        HeightOnly,
        None,
    }

    /// <summary>What an avatar does when its sender is lost.</summary>
    public enum WhenLost
    {
        /// <summary>Lets the arms down and stands.</summary>
        Relax,
        /// <summary>Goes back to its Animator, or to the pose it had.</summary>
        Release,
        /// <summary>Keeps the last pose.</summary>
        Hold,
    }

    /// <summary>How strongly each part is driven, 0 to 1.</summary>
    [Serializable]
    public struct PartWeights
    {
        [Range(0, 1)] public float hips, spine, head, eyes, jaw, arms, fingers, legs;

        public static PartWeights Full => new PartWeights
        {
            hips = 1, spine = 1, head = 1, eyes = 1, jaw = 1, arms = 1, fingers = 1, legs = 1,
        };

        public float Of(BodyParts part)
        {
            switch (part)
            {
                case BodyParts.Hips: return hips;
                case BodyParts.Spine: return spine;
                case BodyParts.Head: return head;
                case BodyParts.Eyes: return eyes;
                case BodyParts.Jaw: return jaw;
                case BodyParts.LeftArm: case BodyParts.RightArm: return arms;
                case BodyParts.LeftFingers: case BodyParts.RightFingers: return fingers;
                default: return legs;
            }
        }
    }
}
