//! A keychain of its own: a private session bus and a real `gnome-keyring-daemon` on it.
//!
//! Bus and daemon start and end apart, so that a test can be there before either is. No prompter can be started on
//! this bus: a prompt ends at once as if the person had closed it, unless a test [waits with it](Keyring::hold_prompts).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use zbus::blocking::{Connection, Proxy};
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::Outcome;
use crate::deadline::until;
use crate::process::{Running, signal};

/// A bus that starts no services by itself.
const SESSION_BUS: &str = include_str!("session-bus.conf");

const START_WITHIN: Duration = Duration::from_secs(20);
const SERVICE: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const PASSWORD: &str = "the password of this keychain";

/// Session, parameters, value, content type: how a secret travels.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The keychain and where it lives. Dropped, its processes end by their ids.
#[derive(Debug)]
pub struct Keyring {
    // Dropped in this order: the folders go last.
    daemon: Option<Running>,
    bus: Option<Running>,
    folder: PathBuf,
    _own: Option<TempDir>,
}

impl Keyring {
    /// Bus and daemon run, the default collection is there and open.
    pub fn start() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("wiro-keyring-").tempdir()?;
        let absent = Self::absent(folder.path())?;
        let mut keyring = Self {
            _own: Some(folder),
            ..absent
        };
        keyring.start_bus()?;
        keyring.start_daemon()?;
        Ok(keyring)
    }

    /// Only what it needs in this folder: the address of the bus is known, and nobody is there.
    pub fn absent(folder: &Path) -> Outcome<Self> {
        for name in ["home", "run"] {
            let folder = folder.join(name);
            fs_err::create_dir(&folder)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs_err::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
            }
        }
        fs_err::write(folder.join("session-bus.conf"), SESSION_BUS)?;
        fs_err::write(folder.join("password"), PASSWORD)?;
        Ok(Self {
            daemon: None,
            bus: None,
            folder: folder.to_owned(),
            _own: None,
        })
    }

    /// What points a program at the keychain that lives, or will, in this folder.
    pub fn env_of(folder: &Path) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".to_owned(), address_in(folder))]
    }

    /// Starts the bus at the address that [`Keyring::env`] names.
    pub fn start_bus(&mut self) -> Outcome {
        let config = self.folder.join("session-bus.conf");
        let mut command = self.command("dbus-daemon");
        command
            .arg(format!("--config-file={}", config.display()))
            .arg(format!("--address={}", self.address()))
            .args(["--nofork", "--nopidfile", "--print-address=1"]);
        let (bus, lines) = Running::with_lines(&mut command)?;
        lines.next(START_WITHIN)?;
        self.bus = Some(bus);
        Ok(())
    }

    /// Starts the daemon, which makes or opens its default collection.
    pub fn start_daemon(&mut self) -> Outcome {
        let password = fs_err::File::open(self.folder.join("password"))?;
        let mut command = self.daemon_command();
        command
            .arg("--unlock")
            .stdin(Stdio::from(password.into_parts().0));
        self.daemon = Some(Running::start(&mut command)?);
        until("an open default collection", START_WITHIN, || {
            Ok(self.is_locked().is_ok_and(|locked| !locked).then_some(()))
        })
    }

    /// Starts the daemon as a new user has it: in a folder that is new, there is no collection.
    pub fn start_empty_daemon(&mut self) -> Outcome {
        self.daemon = Some(Running::start(&mut self.daemon_command())?);
        until("a keychain without a collection", START_WITHIN, || {
            let session = self
                .connection()
                .and_then(|connection| plain_session(&connection));
            Ok(session.is_ok().then_some(()))
        })
    }

    /// Ends the daemon, as when the person logs out of it; the bus stays.
    pub fn stop_daemon(&mut self) -> Outcome {
        self.daemon
            .take()
            .map_or(Ok(()), |mut daemon| daemon.stop())
    }

    /// Ends the bus, and with it everybody's connection.
    pub fn stop_bus(&mut self) -> Outcome {
        self.bus.take().map_or(Ok(()), |mut bus| bus.stop())
    }

    /// Ends both.
    pub fn stop(mut self) -> Outcome {
        self.stop_daemon()?;
        self.stop_bus()
    }

    /// What points a program at this keychain.
    pub fn env(&self) -> Vec<(String, String)> {
        Self::env_of(&self.folder)
    }

    /// Locks the default collection.
    pub fn lock(&self) -> Outcome {
        let connection = self.connection()?;
        let collection = default_collection(&connection)?;
        let _: (Vec<OwnedObjectPath>, OwnedObjectPath) =
            service(&connection)?.call("Lock", &(vec![&collection],))?;
        if self.is_locked()? {
            Ok(())
        } else {
            Err("the collection did not lock".into())
        }
    }

    /// Unlocks the default collection with its password, without a prompt.
    pub fn unlock(&self) -> Outcome {
        let connection = self.connection()?;
        let collection = default_collection(&connection)?;
        let session = plain_session(&connection)?;
        let master: Secret = (
            session,
            Vec::new(),
            PASSWORD.as_bytes().to_vec(),
            "text/plain".to_owned(),
        );
        Proxy::new(
            &connection,
            SERVICE,
            SERVICE_PATH,
            "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
        )?
        .call::<_, _, ()>("UnlockWithMasterPassword", &(&collection, master))?;
        if self.is_locked()? {
            Err("the collection did not unlock".into())
        } else {
            Ok(())
        }
    }

    /// Whether the default collection is locked; an error where there is none (yet).
    pub fn is_locked(&self) -> Outcome<bool> {
        let connection = self.connection()?;
        let path = default_collection(&connection)?;
        Ok(collection(&connection, &path)?.get_property("Locked")?)
    }

    /// Stops the daemon's clock: whoever asks it waits.
    pub fn pause(&self) -> Outcome {
        self.signal("STOP")
    }

    /// Lets it go on, with everything it was asked meanwhile.
    pub fn resume(&self) -> Outcome {
        self.signal("CONT")
    }

    /// How many items the default collection holds.
    pub fn item_count(&self) -> Outcome<usize> {
        let connection = self.connection()?;
        let path = default_collection(&connection)?;
        let items: Vec<OwnedObjectPath> = collection(&connection, &path)?.get_property("Items")?;
        Ok(items.len())
    }

    /// What is stored for an account, whatever the name of the service it is stored under.
    pub fn secret_of(&self, account_id: &str) -> Outcome<Option<String>> {
        let connection = self.connection()?;
        let session = plain_session(&connection)?;
        let found = items_of(&connection, account_id)?;
        let secrets: HashMap<OwnedObjectPath, Secret> =
            service(&connection)?.call("GetSecrets", &(found, session))?;
        let secret = secrets.into_values().next();
        Ok(secret
            .map(|(_, _, value, _)| String::from_utf8(value))
            .transpose()?)
    }

    /// Overwrites what is stored for an account, as another program could.
    pub fn tamper(&self, account_id: &str, text: &str) -> Outcome {
        let connection = self.connection()?;
        let session = plain_session(&connection)?;
        let secret: Secret = (
            session,
            Vec::new(),
            text.as_bytes().to_vec(),
            "text/plain".to_owned(),
        );
        for path in items_of(&connection, account_id)? {
            item(&connection, &path)?.call::<_, _, ()>("SetSecret", &(&secret,))?;
        }
        Ok(())
    }

    /// Deletes what is stored for an account behind the app's back; how many items went.
    pub fn delete(&self, account_id: &str) -> Outcome<usize> {
        let connection = self.connection()?;
        let found = items_of(&connection, account_id)?;
        for path in &found {
            let _: OwnedObjectPath = item(&connection, path)?.call("Delete", &())?;
        }
        Ok(found.len())
    }

    /// Puts a second item beside the one of an account, as an import can.
    pub fn duplicate(&self, account_id: &str) -> Outcome {
        let connection = self.connection()?;
        let session = plain_session(&connection)?;
        let path = default_collection(&connection)?;
        for original in items_of(&connection, account_id)? {
            let attributes: HashMap<String, String> =
                item(&connection, &original)?.get_property("Attributes")?;
            let properties = HashMap::from([(
                "org.freedesktop.Secret.Item.Attributes",
                Value::from(attributes),
            )]);
            let secret: Secret = (
                session.clone(),
                Vec::new(),
                b"copy".to_vec(),
                "text/plain".to_owned(),
            );
            let _: (OwnedObjectPath, OwnedObjectPath) =
                collection(&connection, &path)?.call("CreateItem", &(properties, secret, false))?;
        }
        Ok(())
    }

    /// From now on a prompt stays open, until the answer is given.
    pub fn hold_prompts(&self) -> Outcome<HeldPrompts> {
        HeldPrompts::on(&self.address())
    }

    fn address(&self) -> String {
        address_in(&self.folder)
    }

    fn daemon_command(&self) -> Command {
        let mut command = self.command("gnome-keyring-daemon");
        let control = self.folder.join("run");
        command
            .args(["--foreground", "--components=secrets"])
            .arg(format!("--control-directory={}", control.display()))
            .stdout(Stdio::null());
        command
    }

    /// A command that knows this session only.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(self.env())
            .env("HOME", self.folder.join("home"))
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn connection(&self) -> Outcome<Connection> {
        Ok(
            zbus::blocking::connection::Builder::address(self.address().as_str())?
                .method_timeout(START_WITHIN)
                .build()?,
        )
    }

    fn signal(&self, name: &str) -> Outcome {
        let daemon = self.daemon.as_ref().ok_or("the daemon does not run")?;
        if signal(daemon.id(), name) {
            Ok(())
        } else {
            Err(format!("the daemon did not take {name}").into())
        }
    }
}

fn address_in(folder: &Path) -> String {
    format!("unix:path={}", folder.join("run").join("bus").display())
}

fn service(connection: &Connection) -> Outcome<Proxy<'static>> {
    let path = OwnedObjectPath::try_from(SERVICE_PATH)?;
    proxy(connection, path, "org.freedesktop.Secret.Service")
}

fn collection(connection: &Connection, path: &OwnedObjectPath) -> Outcome<Proxy<'static>> {
    proxy(
        connection,
        path.clone(),
        "org.freedesktop.Secret.Collection",
    )
}

fn item(connection: &Connection, path: &OwnedObjectPath) -> Outcome<Proxy<'static>> {
    proxy(connection, path.clone(), "org.freedesktop.Secret.Item")
}

/// Remembers no property: a test asks what is so now.
fn proxy(
    connection: &Connection,
    path: OwnedObjectPath,
    interface: &'static str,
) -> Outcome<Proxy<'static>> {
    Ok(zbus::blocking::proxy::Builder::new(connection)
        .destination(SERVICE)?
        .path(path)?
        .interface(interface)?
        .cache_properties(CacheProperties::No)
        .build()?)
}

fn default_collection(connection: &Connection) -> Outcome<OwnedObjectPath> {
    let path: OwnedObjectPath = service(connection)?.call("ReadAlias", &("default",))?;
    if path.as_str() == "/" {
        Err("there is no default collection".into())
    } else {
        Ok(path)
    }
}

fn plain_session(connection: &Connection) -> Outcome<OwnedObjectPath> {
    let (_, session): (OwnedValue, OwnedObjectPath) =
        service(connection)?.call("OpenSession", &("plain", Value::from("")))?;
    Ok(session)
}

fn items_of(connection: &Connection, account_id: &str) -> Outcome<Vec<OwnedObjectPath>> {
    let attributes = HashMap::from([("username", account_id)]);
    let (mut open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        service(connection)?.call("SearchItems", &(attributes,))?;
    open.extend(locked);
    Ok(open)
}

/// Stands in for the desktop's prompter: the person sees a prompt and does nothing yet.
#[derive(Debug)]
pub struct HeldPrompts {
    connection: Connection,
    waiting: std::sync::Arc<std::sync::Mutex<Vec<Waiting>>>,
}

/// A prompt that was begun: who asked, and where to answer.
#[derive(Debug, Clone)]
struct Waiting {
    asked_by: String,
    callback: OwnedObjectPath,
}

impl HeldPrompts {
    fn on(address: &str) -> Outcome<Self> {
        let waiting = std::sync::Arc::default();
        let prompter = Prompter {
            waiting: std::sync::Arc::clone(&waiting),
        };
        let connection = zbus::blocking::connection::Builder::address(address)?
            .serve_at("/org/gnome/keyring/Prompter", prompter)?
            .name("org.gnome.keyring.SystemPrompter")?
            .method_timeout(START_WITHIN)
            .build()?;
        Ok(Self {
            connection,
            waiting,
        })
    }

    /// Waits until this many prompts were opened.
    pub fn opened(&self, count: usize) -> Outcome {
        until("an open prompt", START_WITHIN, || {
            Ok((self.count() >= count).then_some(()))
        })
    }

    /// How many prompts are open.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// The person closes every prompt without an answer.
    pub fn close(self) -> Outcome {
        for Waiting { asked_by, callback } in self.all() {
            Proxy::new(
                &self.connection,
                asked_by,
                callback,
                "org.gnome.keyring.internal.Prompter.Callback",
            )?
            .call::<_, _, ()>("PromptDone", &())?;
        }
        Ok(())
    }

    fn all(&self) -> Vec<Waiting> {
        self.waiting
            .lock()
            .map(|all| all.clone())
            .unwrap_or_default()
    }
}

struct Prompter {
    waiting: std::sync::Arc<std::sync::Mutex<Vec<Waiting>>>,
}

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Prompter {
    fn begin_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) {
        let asked_by = Some(header)
            .and_then(|header| header.sender().map(ToString::to_string))
            .unwrap_or_default();
        if let Ok(mut all) = self.waiting.lock() {
            all.push(Waiting { asked_by, callback });
        }
    }

    fn stop_prompting(&self, callback: OwnedObjectPath) {
        if let Ok(mut all) = self.waiting.lock() {
            all.retain(move |waiting| waiting.callback != callback);
        }
    }
}
