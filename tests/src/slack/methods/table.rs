//! Names, tiers, scopes and arguments, as the published reference gives them. A test compares them with it.

use serde_json::json;

use super::{Method, bookmarks, channel_list, channels, chat, files, history, members, people, pins, reactions, views};
use crate::slack::rates::Tier::{Four, Special, Three, Two};
use crate::slack::world::{BOT, BOT_USER, TEAM};

const NONE: &[&str] = &[];
const MANAGE: &[&str] = &["channels:manage"];
const MANAGE_PRIVATE: &[&str] = &["groups:write"];
const INVITE: &[&str] = &["channels:manage", "channels:write.invites"];
const INVITE_PRIVATE: &[&str] = &["groups:write", "groups:write.invites"];
const TOPIC: &[&str] = &["channels:manage", "channels:write.topic"];
const TOPIC_PRIVATE: &[&str] = &["groups:write", "groups:write.topic"];
const READ: &[&str] = &["channels:read"];
const READ_PRIVATE: &[&str] = &["groups:read"];
const HISTORY: &[&str] = &["channels:history"];
const HISTORY_PRIVATE: &[&str] = &["groups:history"];
const CHAT: &[&str] = &["chat:write"];
const POST: &str = "channel! text blocks:json attachments:json metadata:json markdown_text thread_ts \
    reply_broadcast:flag mrkdwn:flag parse link_names:flag unfurl_links:flag unfurl_media:flag username icon_emoji icon_url";
const UPDATE: &str = "channel! ts! text blocks:json attachments:json metadata:json markdown_text parse link_names:flag \
    reply_broadcast:flag file_ids:json";
const EPHEMERAL: &str = "channel! user! text blocks:json attachments:json metadata:json markdown_text thread_ts parse \
    link_names:flag username icon_emoji icon_url";
const COMPLETE: &str =
    "files!:json channel_id channels:list initial_comment blocks:json thread_ts username icon_url icon_emoji";

macro_rules! method {
    ($name:literal $tier:ident $json:ident $public:expr, $private:expr; $arguments:expr => $run:expr) => {
        Method {
            name: $name,
            tier: $tier,
            json: $json == Json,
            public: $public,
            private: $private,
            arguments: $arguments,
            run: $run,
        }
    };
}

#[derive(PartialEq)]
enum Reads {
    Json,
    Form,
}
use Reads::{Form, Json};

/// All methods.
pub(crate) fn all() -> &'static [Method] {
    static METHODS: std::sync::LazyLock<Vec<Method>> = std::sync::LazyLock::new(|| {
        [chats(), rooms(), room_reads(), attached(), uploads(), opened(), persons()].concat()
    });
    &METHODS
}

fn chats() -> Vec<Method> {
    vec![
        method!("chat.postMessage" Special Json CHAT, CHAT; POST => chat::post),
        method!("chat.update" Three Json CHAT, CHAT; UPDATE => chat::update),
        method!("chat.delete" Three Json CHAT, CHAT; "channel! ts!" => chat::delete),
        method!("chat.postEphemeral" Four Json CHAT, CHAT; EPHEMERAL => chat::post_ephemeral),
        method!("chat.getPermalink" Special Form NONE, NONE; "channel! message_ts!" => chat::permalink),
    ]
}

fn rooms() -> Vec<Method> {
    vec![
        method!("conversations.create" Two Json MANAGE, MANAGE_PRIVATE; "name! is_private:flag team_id" => channels::create),
        method!("conversations.rename" Two Json MANAGE, MANAGE_PRIVATE; "channel! name!" => channels::rename),
        method!("conversations.archive" Two Json MANAGE, MANAGE_PRIVATE; "channel!" => channels::archive),
        method!("conversations.unarchive" Two Json MANAGE, MANAGE_PRIVATE; "channel!" => channels::unarchive),
        method!("conversations.setTopic" Two Json TOPIC, TOPIC_PRIVATE; "channel! topic!" => channels::set_topic),
        method!("conversations.setPurpose" Two Json TOPIC, TOPIC_PRIVATE; "channel! purpose!" => channels::set_purpose),
        method!("conversations.invite" Three Json INVITE, INVITE_PRIVATE; "channel! users!:list force:flag" => members::invite),
        method!("conversations.kick" Three Json MANAGE, MANAGE_PRIVATE; "channel! user" => members::kick),
        method!("conversations.join" Three Json &["channels:join"], &["channels:join"]; "channel!" => members::join),
        method!("conversations.leave" Three Json MANAGE, MANAGE_PRIVATE; "channel!" => members::leave),
        method!("conversations.open" Three Json &["im:write"], &["im:write"]; "users:list channel return_im:flag" => channels::open),
    ]
}

fn room_reads() -> Vec<Method> {
    const PAGED: &str = "channel! cursor limit:number oldest latest inclusive:flag include_all_metadata:flag";
    const REPLIES: &str = "channel! ts! cursor limit:number oldest latest inclusive:flag include_all_metadata:flag";
    const LIST: &str = "cursor exclude_archived:flag limit:number team_id types:list";
    vec![
        method!("conversations.info" Three Form READ, READ_PRIVATE; "channel! include_locale:flag include_num_members:flag" => channel_list::info),
        method!("conversations.list" Two Form READ, READ_PRIVATE; LIST => channel_list::list),
        method!("conversations.members" Four Form READ, READ_PRIVATE; "channel! cursor limit:number" => members::list),
        method!("conversations.history" Three Json HISTORY, HISTORY_PRIVATE; PAGED => history::history),
        method!("conversations.replies" Three Form HISTORY, HISTORY_PRIVATE; REPLIES => history::replies),
    ]
}

fn attached() -> Vec<Method> {
    const PINS: &[&str] = &["pins:write"];
    const PINS_READ: &[&str] = &["pins:read"];
    const BOOKMARKS: &[&str] = &["bookmarks:write"];
    const BOOKMARKS_READ: &[&str] = &["bookmarks:read"];
    const REACTIONS: &[&str] = &["reactions:write"];
    vec![
        method!("pins.add" Two Json PINS, PINS; "channel! timestamp" => pins::add),
        method!("pins.remove" Two Json PINS, PINS; "channel! timestamp" => pins::remove),
        method!("pins.list" Two Form PINS_READ, PINS_READ; "channel!" => pins::list),
        method!("bookmarks.add" Two Json BOOKMARKS, BOOKMARKS; "channel_id title! type! link emoji entity_id access_level parent_id" => bookmarks::add),
        method!("bookmarks.edit" Two Json BOOKMARKS, BOOKMARKS; "channel_id bookmark_id title link emoji" => bookmarks::edit),
        method!("bookmarks.remove" Two Json BOOKMARKS, BOOKMARKS; "channel_id bookmark_id" => bookmarks::remove),
        method!("bookmarks.list" Three Json BOOKMARKS_READ, BOOKMARKS_READ; "channel_id" => bookmarks::list),
        method!("reactions.add" Three Json REACTIONS, REACTIONS; "channel! name! timestamp!" => reactions::add),
        method!("reactions.remove" Two Json REACTIONS, REACTIONS; "channel name! timestamp" => reactions::remove),
    ]
}

fn uploads() -> Vec<Method> {
    const FILES: &[&str] = &["files:write"];
    const FILES_READ: &[&str] = &["files:read"];
    vec![
        method!("files.getUploadURLExternal" Four Form FILES, FILES; "length!:number filename! snippet_type alt_txt" => files::promise),
        method!("files.completeUploadExternal" Four Json FILES, FILES; COMPLETE => files::complete),
        method!("files.info" Four Form FILES_READ, FILES_READ; "file! count:number cursor limit:number page:number" => files::info),
        method!("files.delete" Three Json FILES, FILES; "file!" => files::delete),
    ]
}

fn opened() -> Vec<Method> {
    vec![
        method!("views.open" Four Json NONE, NONE; "trigger_id interactivity_pointer view!:json" => views::open),
        method!("views.push" Four Json NONE, NONE; "trigger_id interactivity_pointer view!:json" => views::push),
        method!("views.update" Four Json NONE, NONE; "view_id external_id hash view!:json" => views::update),
        method!("views.publish" Four Json NONE, NONE; "user_id! hash view!:json interactivity_pointer" => views::publish),
    ]
}

fn persons() -> Vec<Method> {
    const USERS: &[&str] = &["users:read"];
    const EMAIL: &[&str] = &["users:read.email"];
    const GROUPS: &[&str] = &["usergroups:read"];
    vec![
        method!("auth.test" Special Json NONE, NONE; "" => |_, _| Ok(json!({
            "url": "https://home.example.com/", "team": "Home", "user": "switchback", "team_id": TEAM,
            "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false,
        }))),
        method!("users.info" Four Form USERS, USERS; "user! include_locale:flag" => people::info),
        method!("users.list" Two Form USERS, USERS; "cursor include_locale:flag limit:number team_id" => people::list),
        method!("users.lookupByEmail" Three Form EMAIL, EMAIL; "email!" => people::by_email),
        method!("usergroups.list" Two Form GROUPS, GROUPS; "include_count:flag include_disabled:flag include_users:flag team_id" => people::groups),
        method!("usergroups.users.list" Two Form GROUPS, GROUPS; "usergroup! include_disabled:flag team_id" => people::group_users),
        method!("team.info" Three Json &["team:read"], &["team:read"]; "team domain" => |_, _| Ok(json!({
            "team": {"id": TEAM, "name": "Home", "domain": "home", "email_domain": "example.com"},
        }))),
        method!("apps.connections.open" Three Json NONE, NONE; "" => |world, _| {
            let ticket = world.secret("ticket");
            world.tickets.push_back(ticket.clone());
            let origin = world.socket_origin.clone();
            Ok(json!({"url": format!("{origin}/link/?ticket={ticket}&app_id={}", crate::slack::world::APP)}))
        }),
    ]
}
